"""Who is signed in at the portal: a key of its own in the session, apart from the staff's sign-in."""

import zoneinfo
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hospes.core import clock
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import NotFound
from hospes.customers import queries as customers
from hospes.customers.models import Customer

SESSION_KEY: Final = "portal"
IDLE: Final = timedelta(days=30)
TOUCH: Final = timedelta(hours=1)
ZONE_COOKIE: Final = "hospes_zone"
P = ParamSpec("P")


class PortalRequest(HttpRequest):
    """A request at the customer's side; `customer` is None where signing in is not asked for."""

    customer: Customer | None
    address: str


class SignedRequest(PortalRequest):
    """A request of a signed-in customer; `actor` is who they are in operations."""

    customer: Customer
    actor: Actor


View = Callable[Concatenate[Any, P], HttpResponseBase]


def sign_in(request: HttpRequest, customer: Customer, *, address: str, now: datetime) -> None:
    """Begin a customer's session under a new session key, so that a planted one is worth nothing."""
    request.session.pop(SESSION_KEY, None)
    request.session.cycle_key()
    request.session[SESSION_KEY] = {"customer": customer.pk, "address": address, "at": int(now.timestamp())}
    if not request.user.is_authenticated:  # a browser that is also signed in as staff keeps the staff's own limit
        request.session.set_expiry(int(IDLE.total_seconds()))


def sign_out(request: HttpRequest) -> None:
    """End the customer's session; a staff sign-in of the same browser stays."""
    if request.session.pop(SESSION_KEY, None) is None:
        return
    if request.user.is_authenticated:
        request.session.cycle_key()
    else:
        request.session.flush()


def actor_of(customer: Customer, address: str = "") -> Actor:
    """The customer as the one who does something."""
    return Actor(kind="customer", id=customer.pk, name=customer.name or address, via="portal")


def find_signed_in(request: HttpRequest, *, now: datetime) -> tuple[Customer, str] | None:
    """(customer, the address they signed in by), unless nobody is or they were away for 30 days."""
    kept = request.session.get(SESSION_KEY)
    if not isinstance(kept, dict):
        return None
    idle = int(now.timestamp()) - int(kept.get("at", 0))
    if idle > IDLE.total_seconds():
        sign_out(request)
        return None
    try:
        customer = customers.get_customer(SYSTEM, int(kept["customer"]))
    except (NotFound, KeyError, ValueError):
        sign_out(request)
        return None
    if idle > TOUCH.total_seconds():
        request.session[SESSION_KEY] = {**kept, "at": int(now.timestamp())}
    return customer, str(kept.get("address", ""))


def public_view(*, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """A page for anybody; `request.customer` is there when somebody is signed in."""
    return _wrapped("public", methods)


def customer_view(*, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], View[P]]:
    """A page for signed-in customers; others are sent to sign in and come back afterwards."""
    return _wrapped("customer", methods)


def _wrapped(access: str, methods: tuple[str, ...]) -> Callable[[View[P]], View[P]]:
    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            asked = cast(SignedRequest, request)
            found = find_signed_in(request, now=clock.now())
            if found is None and access == "customer":
                return _to_sign_in(request)
            asked.customer, asked.address = found or (None, "")  # type: ignore[assignment]
            if found is not None:
                asked.actor = actor_of(*found)
            with timezone.override(zone_of(request, asked.customer)):
                response = view(asked, *args, **kwargs)
            if found is not None:
                response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        checked = require_http_methods(list(methods))(enter)
        checked.portal_access = access  # type: ignore[attr-defined]
        return cast(View[P], checked)

    return wrap


def zone_of(request: HttpRequest, customer: Customer | None) -> zoneinfo.ZoneInfo | None:
    """The reader's time zone: their own choice, then what their browser said; None for the company's."""
    for name in (customer.time_zone if customer else "", request.COOKIES.get(ZONE_COOKIE, "")):
        if name and len(name) < 50:
            try:
                return zoneinfo.ZoneInfo(name)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return None


def safe_next(request: HttpRequest) -> str:
    """Where to go after signing in: only a page of the portal itself, never another site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    inside = asked.startswith(reverse("portal:home")) and "\\" not in asked and "/../" not in asked
    if inside and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("portal:requests")


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        messages.warning(request, _("You were signed out. Sign in again, then send it once more."))
        return HttpResponseRedirect(reverse("portal:sign-in"))
    return HttpResponseRedirect(f"{reverse('portal:sign-in')}?{urlencode({'next': request.get_full_path()})}")
