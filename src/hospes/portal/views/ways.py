"""Contact points in public: one page, the same for programs, and a small script that shows them on any page."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from hospes.portal import ways
from hospes.portal.access import PortalRequest, public_view, zone_of

SCRIPT: Final = Path(__file__).parent.parent / "static" / "portal" / "js" / "ways.js"
LIVE: Final = f"public, max-age={ways.FRESH_SECONDS}"


def _language(asked: str = "") -> str:
    known = dict(settings.LANGUAGES)
    return asked if asked in known else (translation.get_language() or settings.LANGUAGE_CODE)


@public_view()
def page(request: PortalRequest) -> HttpResponse:
    """All ways, for people."""
    zone = zone_of(request, request.customer)
    listed, _etag = ways.kept(_language(), ways.known_zone(str(zone) if zone else ""))
    response = render(request, "portal/ways.html", {"listed": listed})
    response.headers.setdefault("Cache-Control", LIVE)
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """All ways, for programs, in the asked language and time zone; open to every site. An answer that would be the
    same as the last one is a 304."""
    zone = ways.known_zone(request.GET.get("zone", "")[:60])
    listed, etag = ways.kept(_language(request.GET.get("lang", "")), zone)
    response = _known(request, etag) or JsonResponse(listed)
    response["Cache-Control"] = LIVE
    return _open(response, etag)


as_json.portal_access = "public"  # type: ignore[attr-defined]


@cache
def _script(_changed_at: int) -> tuple[bytes, bytes, str]:
    plain = SCRIPT.read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:20]


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script for other pages: it holds no secret and reads what is public."""
    plain, packed, digest = _script(SCRIPT.stat().st_mtime_ns)
    etag = f'W/"{digest}"'
    response = _known(request, etag)
    if response is None:
        small = "gzip" in request.headers.get("Accept-Encoding", "")
        response = HttpResponse(packed if small else plain, content_type="text/javascript; charset=utf-8")
        if small:
            response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = "public, max-age=3600, stale-while-revalidate=86400"
    patch_vary_headers(response, ("Accept-Encoding",))
    return _open(response, etag)


script.portal_access = "public"  # type: ignore[attr-defined]


def _known(request: HttpRequest, etag: str) -> HttpResponse | None:
    """A 304 when the asker has it already."""
    found = get_conditional_response(request, etag=quote_etag(etag))
    return HttpResponse(status=304) if found is not None else None


def _open(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
