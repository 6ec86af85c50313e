"""Addresses of the api room, below /api/v1/."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe

from hospes.api.app import api, document
from hospes.api.door import outermost, unknown
from hospes.api.reference import reference

app_name = "api"


@require_safe
def openapi(request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI document; public, as it tells nothing about the company."""
    return JsonResponse(document())


def _operations() -> list[URLPattern]:
    """django-ninja's addresses (an address once, though it has several methods), each wrapped."""
    found: dict[str, URLPattern] = {}
    for pattern in api.urls[0]:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        if route and route not in found:
            found[route] = path(route, outermost(pattern.callback), name=pattern.name)
    return list(found.values())


urlpatterns: list[URLPattern] = [
    path("openapi.json", outermost(openapi), name="openapi"),
    path("docs", reference, name="docs"),
    *_operations(),
    re_path(r"", unknown, name="unknown"),
]
