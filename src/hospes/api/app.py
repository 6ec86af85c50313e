"""The API as django-ninja knows it: its routers, and the OpenAPI document with what every operation has in common."""

from functools import cache
from typing import Any

from ninja import NinjaAPI

from hospes.api import outputs, problems
from hospes.api.door import guard
from hospes.api.inputs import JsonParser
from hospes.api.routes import (
    automation,
    channels,
    escalation,
    files,
    guidance,
    incidents,
    people,
    routing,
    service_levels,
    setup,
    staffing,
    swarms,
    tickets,
    work_orders,
    workflows,
    writing,
)

DESCRIPTION = """
Hospes over HTTP. Make a token on the desk (Settings, API) or with `hospes token create`, and send it with every
request: `Authorization: Bearer hsp_…`. The token may do what its owner may do.

Lists answer `{"items": […], "next": cursor or null}`; give `next` back as `cursor` for the next page. Unknown fields
are refused. Refusals are problem documents (RFC 9457). Writes take an `Idempotency-Key`: the same request sent again
under its key, within a day, is answered as before and not done again. `RateLimit-*` headers tell how many calls are
left in this minute. Times are RFC 3339 in UTC. Messages for people come in the language of `Accept-Language`.
""".strip()

ROUTERS = (
    automation.router,
    incidents.router,
    guidance.router,
    tickets.router,
    writing.router,
    channels.router,
    escalation.router,
    work_orders.router,
    swarms.router,
    people.router,
    files.router,
    setup.router,
    service_levels.router,
    staffing.router,
    routing.router,
    workflows.router,
)
_REFUSALS = {
    "400": "The body cannot be read",
    "401": "No valid token",
    "403": "The token's owner may not do this",
    "404": "It does not exist, or the token's owner may not see it",
    "409": "Somebody else changed it meanwhile, or the request is being worked on",
    "422": "The input cannot be used; `field` names it",
    "429": "Too many requests; see `Retry-After`",
}


class HospesApi(NinjaAPI):
    """django-ninja with our error shape."""

    def on_exception(self, request: Any, exc: Any) -> Any:
        """Every refusal and fault through one place."""
        return problems.answer(request, exc)


def _build() -> HospesApi:
    built = HospesApi(
        title="Hospes",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        openapi_url=None,
        urls_namespace="api",
        parser=JsonParser(),
    )
    built.add_decorator(guard, mode="view")
    for router in ROUTERS:
        built.add_router("", router)
    return built


api = _build()


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    made: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="api/v1/"))
    components = made["components"]
    components["schemas"]["Problem"] = outputs.Problem.model_json_schema()
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components["headers"] = {
        name: {"schema": {"type": "integer"}, "description": text}
        for name, text in (
            ("RateLimit-Limit", "Calls a minute"),
            ("RateLimit-Remaining", "Calls left in this minute"),
            ("RateLimit-Reset", "Seconds until the minute ends"),
        )
    }
    components["responses"] = {
        "Problem": {
            "description": "A refusal (RFC 9457)",
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    made["security"] = [{"token": []}]
    for methods in made["paths"].values():
        for method, operation in methods.items():
            _complete(method, operation)
    return made


def _complete(method: str, operation: dict[str, Any]) -> None:
    operation["operationId"] = operation["operationId"].rpartition("routes_")[2].partition("_")[2]
    refusal = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = {str(status): answer for status, answer in operation["responses"].items()}
    for answer in operation["responses"].values():
        answer["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
        }
    for status, text in _REFUSALS.items():
        operation["responses"][status] = {"description": text, "content": refusal}
    operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    if method != "get":
        operation["parameters"].append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": False,
                "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
                "description": "Any unique text; the request sent again under it is not done again",
            }
        )
