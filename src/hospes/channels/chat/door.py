"""Who may talk to a chat's addresses: pages of the inbox's own origins, and for a talk the bearer of its token.

No cookies are read or set: what a visitor may see hangs on the token alone, so that no other page can act for them.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from hospes.channels import operations as channels
from hospes.channels.chat import policies, queries, visitors
from hospes.channels.models import ChatSite, ChatVisitor
from hospes.core import clock, ids, limits
from hospes.core.errors import HospesError, InvalidInput, NotAllowed, RateLimited, TooLarge

LARGEST_JSON: Final = 256 * 1024
# Calls a minute from one address: many visitors of one company share one.
ADDRESS_LIMIT: Final = 1200


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a visitor's page."""

    request: HttpRequest
    site: ChatSite
    now: datetime
    visitor: ChatVisitor | None = None

    @property
    def who(self) -> ChatVisitor:
        """The visitor of a call that needs one."""
        if self.visitor is None:
            raise NotAllowed
        return self.visitor

    def body(self) -> dict[str, Any]:
        """What the page sent. Raises InvalidInput, TooLarge."""
        if len(self.request.body) > LARGEST_JSON:
            raise TooLarge
        try:
            found = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise InvalidInput(field="body") from error
        return visitors.as_payload(found)

    def limit(self, what: str, *, times: int, seconds: int) -> None:
        """At most so often a visitor. Raises RateLimited."""
        limits.require(f"chat:{what}:{self.who.pk}", limit=times, seconds=seconds, now=self.now)

    def limit_address(self, what: str, *, times: int, seconds: int) -> None:
        """At most so often from one address, which is kept as a digest only. Raises RateLimited."""
        address = ids.keyed_digest("chat.address", self.request.META.get("REMOTE_ADDR", ""), length=32)
        limits.require(f"chat:{what}:{address}", limit=times, seconds=seconds, now=self.now)


View = Callable[..., HttpResponse]


def own_origins(request_host: str) -> list[str]:
    """Our own pages: the public address, and the host by which we were called."""
    public = urlsplit(settings.PUBLIC_URL)
    return [f"{public.scheme}://{public.netloc}", f"{'https' if settings.HTTPS else 'http'}://{request_host}"]


def visitors_address(*methods: str, token: bool = True, origin: bool = True) -> Callable[[View], View]:
    """An address for visitors' pages: origin checked, preflight answered, refusals as JSON.

    `token`: only for the bearer of a visitor's token. `origin` is False for pictures, which say none.
    """

    def wrap(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def enter(request: HttpRequest, inbox_id: int, **more: Any) -> HttpResponse:
            if request.method not in {"OPTIONS", *methods, *(("HEAD",) if "GET" in methods else ())}:
                return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
            now = clock.now()
            try:
                site = queries.site_of(inbox_id)
            except HospesError as error:
                return refusal(error)
            from_page = request.headers.get("Origin", "")
            known = policies.may_come_from(from_page, allowed=site.origins, own=own_origins(request.get_host()))
            if not known and (from_page or (origin and request.method not in {"GET", "HEAD"})):
                channels.count_call(inbox=site.inbox, outcome="origin", now=now)
                return refusal(NotAllowed(code="origin"))
            if request.method == "OPTIONS":
                response: HttpResponse = HttpResponse(status=204)
            else:
                response = _answer(view, request, site, now, token=token, more=more)
            return _opened(response, from_page, methods)

        return enter

    return wrap


def _answer(
    view: View, request: HttpRequest, site: ChatSite, now: datetime, *, token: bool, more: dict[str, Any]
) -> HttpResponse:
    try:
        call = Call(request, site, now)
        call.limit_address("all", times=ADDRESS_LIMIT, seconds=60)
        if token:
            device = queries.device_by_token(bearer(request), inbox_id=site.inbox.pk, now=now)
            if device is None:
                channels.count_call(inbox=site.inbox, outcome="token", now=now)
                response = refusal(NotAllowed(code="token"))
                response.status_code = 401
                return response
            visitors.come_back(device=device, now=now)
            call = Call(request, site, now, device.visitor)
        return view(call, **more)
    except HospesError as error:
        return refusal(error)


def bearer(request: HttpRequest) -> str:
    """The token of a call: from its header, or for pictures from the address."""
    kind, _space, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else request.GET.get("t", "")


def refusal(error: HospesError) -> HttpResponse:
    """A refusal as pages read it."""
    body = {"message": str(error.message), "field": error.field, "code": error.code}
    response = JsonResponse(body, status=error.status)
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.details.get("retry_after", 1))
    return response


def _opened(response: HttpResponse, origin: str, methods: tuple[str, ...]) -> HttpResponse:
    """The answer, readable by the one page that may."""
    response["Vary"] = "Origin"
    response.headers.setdefault("Cache-Control", "no-store")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    if origin:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Methods"] = ", ".join((*methods, "OPTIONS"))
        response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response["Access-Control-Expose-Headers"] = "Retry-After"
        response["Access-Control-Max-Age"] = "600"
    return response
