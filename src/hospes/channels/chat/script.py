"""The chat widget's one file, as any site may load it: compressed once, never read without being asked for anew."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import brotli
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

FILE: Final = Path(__file__).parent / "static" / "chat" / "chat.js"
# Browsers keep it for an hour, show the old one for a day while they look for a new one, and ask with its ETag.
CACHING: Final = "public, max-age=3600, stale-while-revalidate=86400"


class Script(NamedTuple):
    """The file as it is sent."""

    plain: bytes
    packed: dict[str, bytes]  # by the name of the way to unpack it, the smallest first
    etag: str


def slim(code: str) -> str:
    """The code without its comments on lines of their own and without indentation: a tenth less to load."""
    whole = re.sub(r"(?ms)^[ \t]*/\*.*?\*/[ \t]*$", "", code)
    lines = (line.strip() for line in whole.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


@cache
def _read(_changed_at: int) -> Script:
    plain = slim(FILE.read_text()).encode()
    packed = {"br": brotli.compress(plain), "gzip": gzip.compress(plain, 9, mtime=0)}
    return Script(plain, packed, f'"{hashlib.sha256(plain).hexdigest()[:20]}"')


def script() -> Script:
    """The widget as it is on disk now."""
    return _read(FILE.stat().st_mtime_ns)


def unpacks(header: str) -> set[str]:
    """What a browser says that it can unpack (RFC 9110, 12.5.3); what has the weight 0 is refused."""
    named = {}
    for part in header.lower().split(","):
        name, _semicolon, weight = part.partition(";")
        named[name.strip()] = not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return {name for name, wanted in named.items() if wanted}


@require_safe
def chat_js(request: HttpRequest) -> HttpResponse:
    """Send the widget to whatever page asks: it holds no secret, and does nothing on a page that is not allowed."""
    file = script()
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if file.etag in {tag.removeprefix("W/") for tag in known}:
        response = HttpResponse(status=304)
    else:
        known_ways = unpacks(request.headers.get("Accept-Encoding", ""))
        way = next((name for name in file.packed if name in known_ways), "")
        body = file.packed[way] if way else file.plain
        response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
        if way:
            response["Content-Encoding"] = way
    response["ETag"] = f"W/{file.etag}"
    response["Cache-Control"] = CACHING
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


urlpatterns = [path("chat/chat.js", chat_js, name="chat_js")]
