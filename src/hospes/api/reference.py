"""The API's reference page: the OpenAPI document as plain HTML, without scripts from anywhere."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

METHODS = ("get", "post", "patch", "delete")


@require_safe
def reference(request: HttpRequest) -> HttpResponseBase:
    """GET /api/v1/docs: readable by people, searchable by their browser."""
    from hospes.api.app import document

    made = document()
    context = {"document": made, "groups": _groups(made), "schemas": _schemas(made)}
    return render(request, "api/reference.html", context)


def _groups(made: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Operations by tag, in the order in which they are declared."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in made["paths"].items():
        for method in METHODS:
            if operation := methods.get(method):
                tag = (operation.get("tags") or ["other"])[0]
                groups.setdefault(tag, []).append(_operation(path, method, operation, made))
    return list(groups.items())


def _operation(path: str, method: str, operation: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    answers = []
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content = answer.get("content") or {}
            schema = _first(content).get("schema", {})
            answers.append({"status": status, "shape": _type(schema)})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "text": operation.get("description", ""),
        "parameters": [
            {
                "name": p["name"],
                "where": p["in"],
                "type": _type(p.get("schema", {})),
                "text": p.get("description") or p.get("schema", {}).get("description", ""),
                "needed": p.get("required", False),
            }
            for p in operation.get("parameters", [])
        ],
        "body": list(_fields(_body_schema(operation), made)),
        "answers": answers,
    }


def _body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = _first(content).get("schema", {})
    return schema


def _first(content: dict[str, Any]) -> dict[str, Any]:
    for described in content.values():
        found: dict[str, Any] = described
        return found
    return {}


def _fields(schema: dict[str, Any], made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "$ref" in schema:
        schema = made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name, field in schema.get("properties", {}).items():
        yield {
            "name": name,
            "type": _type(field),
            "text": field.get("description", ""),
            "needed": name in schema.get("required", ()),
        }


def _schemas(made: dict[str, Any]) -> list[dict[str, Any]]:
    found = made["components"]["schemas"]
    return [
        {"name": name, "text": schema.get("description", ""), "fields": list(_fields(schema, made))}
        for name, schema in sorted(found.items())
        if schema.get("properties")
    ]


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words: string, Ticket, list of Tag, open | solved."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind
