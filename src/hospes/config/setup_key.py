"""The key of the first-run set-up page: whoever started Hospes sees it, a stranger on the network does not.

It is derived from the installation's secret key, so nothing is stored, every web process on every machine agrees
on it, and it is worthless once somebody is here. See docs/decisions/0006-first-run-set-up.md.
"""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from hospes.core import ids
from hospes.staff.queries import anyone_at_all

# What a proxy adds; asgi.py replaces most of them by the first, so that nobody believes what a client says.
FORWARDED = ("HTTP_HOSPES_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")


def setup_key() -> str:
    """32 hex digits: 128 bits that nobody guesses."""
    return ids.keyed_digest("first-run set-up", "first admin", length=32)


def setup_address() -> str:
    """The address to print for whoever started Hospes; empty once somebody is here."""
    return "" if anyone_at_all() else f"{settings.PUBLIC_URL}/setup/?key={setup_key()}"


def may_set_up(request: HttpRequest, key: str) -> bool:
    """Whether the key is right, or the browser plainly runs on this very machine."""
    return bool(key and ids.same(key, setup_key())) or from_this_machine(request)


def from_this_machine(request: HttpRequest) -> bool:
    """Loopback at both ends, through no proxy, on an installation that was given no public address."""
    if any(request.META.get(name) for name in FORWARDED):
        return False
    names = (request.META.get("REMOTE_ADDR", ""), _host(f"//{request.get_host()}"), _host(settings.PUBLIC_URL))
    return all(_is_loopback(name) for name in names)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
