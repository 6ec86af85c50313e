"""A call in the customer's browser, by a one-time link or begun here for free: device check, consent, call, picture."""

from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from hospes.calls import phones, policies, reading
from hospes.calls.models import Call, CallLink, CallPart
from hospes.calls.operations import browser, links
from hospes.calls.operations.base import leave
from hospes.core import clock, limits
from hospes.core.errors import HospesError, InvalidInput, NotFound, RateLimited
from hospes.core.posted import posted_id
from hospes.portal import guard
from hospes.portal.access import PortalRequest, public_view
from hospes.portal.words import call_words
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes

COOKIE: Final = "hospes_call"
TRIES: Final = 120  # an hour, for one place
CALLS_AN_HOUR: Final = 6
LARGEST: Final = 12 * 1024 * 1024
# Only these pages may ask for microphone, camera and screen.
DEVICES: Final = "camera=(self), microphone=(self), display-capture=(self), geolocation=()"


def with_devices(response: HttpResponse) -> HttpResponse:
    """A page that may ask for microphone, camera and screen; kept by nobody."""
    response["Permissions-Policy"] = DEVICES
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@public_view(methods=("GET", "HEAD", "POST"))
def begin(request: PortalRequest) -> HttpResponse:
    """Call us for free: what it is about, with or without camera; the call waits in the queue like a chat."""
    inbox = _inbox(request)
    if inbox is None:
        return render(request, "portal/call_none.html", status=404)
    context: dict[str, Any] = {"inbox": inbox, "name": request.customer.name if request.customer else ""}
    if request.method != "POST":
        return render(request, "portal/call_begin.html", context)
    post, now = request.POST, clock.now()
    context |= {"name": post.get("name", ""), "topic": post.get("topic", ""), "medium": post.get("medium", "")}
    try:
        limits.require(f"call-ip:{guard.visitor(request)}", limit=CALLS_AN_HOUR, seconds=3600, now=now)
        entered = browser.start_free_call(
            inbox=inbox,
            medium=post.get("medium", Call.Medium.BROWSER),
            name=post.get("name", ""),
            topic=post.get("topic", ""),
            language=translation.get_language() or "",
            customer=request.customer,
            consent=post.get("consent") == "yes",
            refused=post.get("consent") == "no",
            now=now,
        )
    except RateLimited as error:
        minutes = guard.minutes_left(error)
        words = ngettext(
            "Too many calls from here. Try again in %(n)s minute.",
            "Too many calls from here. Try again in %(n)s minutes.",
            minutes,
        )
        context["words"] = words % {"n": minutes}
        return render(request, "portal/call_begin.html", context, status=429)
    except InvalidInput as error:
        return render(request, "portal/call_begin.html", {**context, "words": error.message}, status=422)
    response = HttpResponseRedirect(reverse("portal:call", args=[entered.token]))
    _remember(response, entered.token, entered.key)
    return response


def _inbox(request: HttpRequest) -> Inbox | None:
    """Where free calls come in: the inbox that is named, one of its team, or the first."""
    wanted = posted_id(request.GET.get("inbox", "") or request.POST.get("inbox", ""))
    return phones.browser_inbox(active_inboxes().filter(pk=wanted).first() if wanted else None)


@csrf_exempt
def call(request: HttpRequest, token: str) -> HttpResponseBase:
    """A one-time link: what it is and the device check; posting "start" uses it up for this browser."""
    return _call(request, token)


@csrf_protect
@public_view(methods=("GET", "HEAD", "POST"))
def _call(request: PortalRequest, token: str) -> HttpResponse:
    limits.require(f"call-link:{guard.visitor(request)}", limit=TRIES * 10, seconds=3600, now=clock.now())
    link = reading.link_by(token)
    if link is None:
        return with_devices(render(request, "portal/call_bad.html", {"why": "unknown"}, status=404))
    part = _own_part(request, link)
    _speak(request, link)
    if request.method == "POST":
        try:
            return with_devices(_do(request, link, token, part))
        except HospesError as error:
            return JsonResponse({"message": str(error.message), "code": error.code}, status=error.status)
    if part is None and (why := _why_not(link)):
        return with_devices(render(request, "portal/call_bad.html", {"why": why}, status=410))
    return with_devices(render(request, "portal/call.html", _context(request, link, token, part)))


call.portal_access = "public"  # type: ignore[attr-defined]


def _speak(request: HttpRequest, link: CallLink) -> None:
    """In the ticket's language, unless the reader chose one."""
    chosen = request.GET.get("lang") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if not chosen and link.ticket.language in dict(settings.LANGUAGES):
        translation.activate(link.ticket.language)


def _why_not(link: CallLink) -> str:
    if link.used_at is not None:
        return "used"
    return "expired" if link.expires_at <= clock.now() else ""


def _own_part(request: HttpRequest, link: CallLink) -> CallPart | None:
    """The part of this call that this browser speaks for."""
    part = reading.part_by(request.COOKIES.get(COOKIE, ""))
    return part if part is not None and link.used_at is not None and part.call_id == link.call_id else None


def _context(request: PortalRequest, link: CallLink, token: str, part: CallPart | None) -> dict[str, Any]:
    over = part is not None and (part.call.state == policies.ENDED or part.state not in policies.IN)
    return {
        "link": link,
        "part": part,
        "over": over,
        "video": link.medium == Call.Medium.VIDEO,
        "expert": link.kind == CallPart.Kind.EXPERT,
        "agent": link.made_by.name if link.made_by else "",
        "words": call_words(),
        "facts": {
            "state": "over" if over else "room" if part is not None else "lobby",
            "key": request.COOKIES.get(COOKIE, "") if part is not None and not over else "",
            "video": link.medium == Call.Medium.VIDEO,
            "url": reverse("portal:call", args=[token]),
            "picture": reverse("portal:call-picture", args=[token]),
        },
    }


def _do(request: PortalRequest, link: CallLink, token: str, part: CallPart | None) -> HttpResponse:
    step, now = request.POST.get("do", ""), clock.now()
    if step == "start":
        if part is not None:  # pressed twice: the same browser
            return JsonResponse({"key": request.COOKIES[COOKIE]})
        said = request.POST.get("consent")
        entered = links.use_link(
            token=token, name=request.POST.get("name", ""), consent=said == "yes", refused=said == "no", now=now
        )
        response = JsonResponse({"key": entered.key})
        _remember(response, token, entered.key)
        return response
    if part is None:
        raise NotFound
    if step == "leave":
        leave(part=part, actor=links.guest_actor(part.name), now=now)
    elif step in {"consent", "refuse"}:
        browser.consent(part=part, yes=step == "consent", now=now)
    else:
        raise InvalidInput(_("Choose what to do."), field="do")
    return JsonResponse(reading.guest_state(part.pk, now=now))


def _remember(response: HttpResponse, token: str, key: str) -> None:
    """The key stays with this browser, for this call's page alone; no script can read it later."""
    response.set_cookie(
        COOKIE, key, path=reverse("portal:call", args=[token]), max_age=12 * 3600,
        httponly=True, samesite="Lax", secure=settings.HTTPS,
    )  # fmt: skip


@csrf_exempt
def picture(request: HttpRequest, token: str) -> HttpResponseBase:
    """A still from the call. How much is sent is looked at before anything is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return JsonResponse({"message": _("This picture is too large."), "code": "too-large"}, status=413)
    return _picture(request, token)


@csrf_protect
@public_view(methods=("POST",))
def _picture(request: PortalRequest, token: str) -> HttpResponse:
    link, now = reading.link_by(token), clock.now()
    part = _own_part(request, link) if link is not None else None
    sent = request.FILES.get("picture")
    try:
        if part is None or part.state not in policies.IN:
            raise NotFound
        limits.require(f"call-picture:{part.pk}", limit=60, seconds=3600, now=now)
        if sent is None or (sent.size or 0) > LARGEST:
            raise InvalidInput(_("This is not a picture."), field="picture")
        browser.keep_picture(
            part=part, content=sent.read(), words=request.POST.get("words", ""), now=now,
            actor=links.guest_actor(part.name),
        )  # fmt: skip
    except HospesError as error:
        return JsonResponse({"message": str(error.message), "code": error.code}, status=error.status)
    return JsonResponse({"message": _("The picture is on your request now.")}, status=201)


picture.portal_access = "public"  # type: ignore[attr-defined]
