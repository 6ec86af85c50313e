"""What wraps every operation: who calls, how often, with what; and that each answer has the API's shape and headers.

Only `Authorization: Bearer` counts. Session cookies are not looked at, so another site cannot make a browser act here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja.operation import Operation

from hospes.api import problems, rates
from hospes.api.inputs import MAX_ID, check_text
from hospes.api.once import once
from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound, RateLimited
from hospes.core.limits import Allowance
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of, agent_of_token

Run = Callable[..., HttpResponseBase]


class ApiRequest(HttpRequest):
    """A request of a known token: its agent, and who that is in operations."""

    agent: Agent
    actor: Actor


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token came with a request."""

    agent: Agent
    token_id: int
    actor: Actor


def authenticate(request: HttpRequest) -> Caller:
    """Who calls. Raises Unauthorized."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > 200:
        raise problems.Unauthorized
    found = agent_of_token(token, now=clock.now())
    if found is None:
        raise problems.Unauthorized(_("This token is wrong, revoked or too old."), code="bad-token")
    agent, kept = found
    return Caller(agent, kept.pk, actor_of(agent, via="api"))


def guard(run: Run) -> Run:
    """Let an operation run only for a good token, within its rate, with known query fields, and once a key."""
    operation = cast(Operation, run.__self__)  # type: ignore[attr-defined]
    known = query_names(operation)

    def enter(request: HttpRequest, **path: Any) -> HttpResponseBase:
        try:
            caller = authenticate(request)
        except Exception as error:
            return problems.answer(request, error)
        now = clock.now()
        allowance = rates.take(caller.token_id, now=now)
        try:
            if not allowance.allowed:
                raise RateLimited(retry_after=allowance.reset)
            check_path(path)
            check_query(request.GET, known)
            api_request = cast(ApiRequest, request)
            api_request.agent, api_request.actor = caller.agent, caller.actor
            owner = f"agent:{caller.agent.pk}"
            response = once(request, owner, lambda: cast(HttpResponse, run(request, **path)), now=now)
        except Exception as error:
            response = problems.answer(request, error)
        return _with_headers(response, allowance)

    return enter


def _with_headers(response: HttpResponseBase, allowance: Allowance) -> HttpResponseBase:
    headers = response.headers
    headers["RateLimit-Limit"] = str(allowance.limit)
    headers["RateLimit-Remaining"] = str(allowance.remaining)
    headers["RateLimit-Reset"] = str(allowance.reset)
    headers.setdefault("Cache-Control", "no-store")
    return response


def query_names(operation: Operation) -> frozenset[str]:
    """The query fields that an operation knows."""
    names: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            names |= set(getattr(model, "__ninja_flatten_map__", None) or model.model_fields)
    return frozenset(names)


def check_query(given: QueryDict, known: frozenset[str]) -> None:
    """Raise InvalidInput for a query field that the operation does not know, or a value that is no text."""
    for name, values in given.lists():
        if name not in known:
            check_text(name, "query")
            raise InvalidInput(_("There is no such field."), field=name[:100], code="unknown-field")
        for value in values:
            check_text(value, name)


def check_path(path: dict[str, Any]) -> None:
    """Raise NotFound for names in the path that nothing can have."""
    for value in path.values():
        if isinstance(value, int) and value > MAX_ID:
            raise NotFound
        if isinstance(value, str) and (len(value) > 100 or "\0" in value or not value.isprintable()):
            raise NotFound


def outermost(view: Run) -> Run:
    """Give every answer of an address the API's shape: wrong methods, faults before and behind the guard."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "HEAD":  # the server leaves the body out (RFC 9110, 9.3.2)
            request.method = "GET"
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            return problems.answer(request, error)
        if response.status_code == 405:
            allow = ", ".join(sorted({*response["Allow"].split(", "), "HEAD"} - {""}))
            response = problems.problem(405, code="method-not-allowed", detail=_("Allowed here: %s.") % allow)
            response["Allow"] = allow
        return response

    enter.csrf_exempt = True  # type: ignore[attr-defined]
    return enter


def unknown(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    """The answer of every address below /api/ that is none."""
    return problems.answer(request, NotFound(_("There is no such address. See /api/v1/docs.")))


unknown.csrf_exempt = True  # type: ignore[attr-defined]
