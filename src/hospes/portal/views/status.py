"""The public status page: how the service is, what goes on, what was; feeds; following it by mail."""

from datetime import datetime
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from hospes.core import clock, limits
from hospes.core.errors import HospesError, NotFound, RateLimited
from hospes.core.posted import posted_id, posted_number
from hospes.incidents import mails, operations, queries
from hospes.incidents.models.incident import ComponentState, IncidentState, Severity
from hospes.incidents.queries.public import HISTORY, Shown, Status, lately
from hospes.portal import guard
from hospes.portal.access import PortalRequest, public_view
from hospes.portal.company import company_name

FRESH_SECONDS = 10
ICONS = {
    "operational": ("circle-check", "good"),
    "maintenance": ("circle-pause", "info"),
    "degraded": ("circle-alert", "warn"),
    "partial": ("circle-alert", "warn"),
    "major": ("circle-x", "bad"),
    "investigating": ("search", "bad"),
    "identified": ("circle-dot", "warn"),
    "monitoring": ("eye", "info"),
    "resolved": ("circle-check", "good"),
}


def _language() -> str:
    return translation.get_language() or settings.LANGUAGE_CODE


def _kept(key: str, make: Any) -> Any:
    """Asked of the database once in a few seconds, however many look at it during an outage."""
    found = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, FRESH_SECONDS)
    return found


def _status() -> Status:
    language = _language()
    found: Status = _kept(f"status:{language}", lambda: queries.status_now(language))
    return found


def _lately() -> list[Shown]:
    language = _language()

    def make() -> list[Shown]:
        return queries.public_incidents(language, since=lately(clock.now()))

    found: list[Shown] = _kept(f"status-lately:{language}", make)
    return found


def _public(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Cache-Control", f"public, max-age={FRESH_SECONDS}")
    return response


def _word(state: str) -> str:
    labels = {**dict(ComponentState.choices), **dict(IncidentState.choices), **dict(Severity.choices)}
    return str(labels.get(state, state))


def _drawn(incident: Shown) -> dict[str, Any]:
    icon, kind = ICONS[incident.state]
    said = [{"it": s, "label": _word(s.state), "kind": ICONS[s.state][1]} for s in incident.updates]
    return {"it": incident, "label": _word(incident.state), "icon": icon, "kind": kind, "said": said}


def _headline(status: Status) -> dict[str, str]:
    words = {
        "operational": _("Everything works"),
        "maintenance": _("Maintenance is under way"),
        "degraded": _("Some things are slow or unreliable"),
        "partial": _("Some things do not work"),
        "major": _("There is an outage"),
    }
    state = "degraded" if status.state == "operational" and status.current else status.state
    icon, kind = ICONS[state]
    return {"words": words[state], "icon": icon, "kind": kind}


@public_view()
def overview(request: PortalRequest) -> HttpResponse:
    """Now, and the last two weeks."""
    status = _status()
    parts = [
        {"it": part, "label": _word(part.state), "icon": ICONS[part.state][0], "kind": ICONS[part.state][1]}
        for part in status.parts
    ]
    past = [_drawn(one) for one in _lately() if one.resolved_at is not None]
    context = {
        "headline": _headline(status),
        "parts": parts,
        "current": [_drawn(one) for one in status.current],
        "past": past,
        "now": clock.now(),
    }
    return _public(render(request, "portal/status.html", context))


@public_view()
def history(request: PortalRequest) -> HttpResponse:
    """All that was, by pages."""
    number = posted_number(request.GET.get("before", ""))
    found = queries.public_incidents(_language(), before=number)
    older = found[-1].id if len(found) == HISTORY else None
    context = {"past": [_drawn(one) for one in found], "older": older, "newest": number is None}
    return _public(render(request, "portal/status_history.html", context))


@public_view()
def incident(request: PortalRequest, incident_id: int) -> HttpResponse:
    """One incident with all that was said."""
    if incident_id >= 2**63:
        raise NotFound
    found = queries.public_incident(incident_id, _language())
    return _public(render(request, "portal/status_incident.html", {"one": _drawn(found)}))


def _feed(make: type[Atom1Feed | Rss201rev2Feed], address: str) -> HttpResponse:
    place = settings.PUBLIC_URL
    company = company_name()
    feed = make(
        title=_("State of the service of %(company)s") % {"company": company},
        link=place + reverse("portal:status"),
        description=_("What does not work just now, and what was done about it."),
        language=_language(),
        feed_url=place + reverse(address),
    )
    for one in _lately():
        link = place + reverse("portal:status-incident", args=[one.id])
        for said in one.updates:
            feed.add_item(
                title=f"{one.title}: {_word(said.state)}",
                link=f"{link}#u{said.id}",
                description=said.text,
                unique_id=f"{link}#u{said.id}",
                pubdate=said.at,
                updateddate=said.at,
                author_name=company,
            )
    response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    return _public(response)


@public_view()
def rss(request: PortalRequest) -> HttpResponse:
    """Every public word as RSS 2.0."""
    return _feed(Rss201rev2Feed, "portal:status-rss")


@public_view()
def atom(request: PortalRequest) -> HttpResponse:
    """Every public word as Atom (RFC 4287)."""
    return _feed(Atom1Feed, "portal:status-atom")


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@public_view()
def as_json(request: PortalRequest) -> HttpResponse:
    """The page for programs, in the asked language; open to every site."""
    status = _status()
    current = [
        {
            "id": one.id,
            "title": one.title,
            "state": one.state,
            "severity": one.severity,
            "components": list(one.components),
            "began_at": _stamp(one.began_at),
            "updates": [
                {"state": s.state, "text": s.text, "language": s.language, "at": _stamp(s.at)} for s in one.updates
            ],
        }
        for one in status.current
    ]
    parts = [{"id": part.id, "name": part.name, "state": part.state} for part in status.parts]
    response = JsonResponse({"state": status.state, "components": parts, "incidents": current})
    response["Access-Control-Allow-Origin"] = "*"
    return _public(response)


@public_view(methods=("GET", "HEAD", "POST"))
def subscribe(request: PortalRequest) -> HttpResponse:
    """Ask to hear of it by mail. The answer is the same for every address."""
    context: dict[str, Any] = {"parts": _status().parts, "email": request.POST.get("email", request.address)[:254]}
    context["chosen"] = {posted_id(pk) for pk in request.POST.getlist("components")}
    if request.method != "POST":
        return render(request, "portal/status_subscribe.html", context)
    try:
        _ask(request, sorted(context["chosen"]))
    except HospesError as error:
        words = str(error.message)
        if isinstance(error, RateLimited):
            words = _("Too many tries. Please wait a little, then try again.")
        return render(request, "portal/status_subscribe.html", {**context, "words": words}, status=error.status)
    except (OSError, SMTPException):
        words = _("Our mail server does not answer at the moment. Please try again in a few minutes.")
        return render(request, "portal/status_subscribe.html", {**context, "words": words}, status=503)
    return HttpResponseRedirect(reverse("portal:status-subscribe") + "?asked")


def _ask(request: PortalRequest, components: list[int]) -> None:
    now, language = clock.now(), _language()
    limits.require(f"status-ip:{guard.visitor(request)}", limit=10, seconds=3600, now=now)
    if request.POST.get("website"):  # the trap for robots
        return
    email = request.POST.get("email", "")
    made = operations.subscribe_to_status(email=email, language=language, components=components, now=now)
    if made is not None:
        subscriber, token = made
        mails.send_confirmation(subscriber, token, language=language)


@public_view(methods=("GET", "HEAD", "POST"))
def confirm(request: PortalRequest, token: str) -> HttpResponse:
    """The mailed link. Opening it does nothing, because mail scanners open links too; pressing the button does."""
    if request.method != "POST":
        return _private(render(request, "portal/status_door.html", {"door": "confirm"}))
    try:
        operations.confirm_subscription(token=token, now=clock.now())
    except NotFound:
        return _private(render(request, "portal/status_door.html", {"door": "bad"}, status=404))
    return _private(render(request, "portal/status_door.html", {"door": "confirmed"}))


@csrf_exempt  # mail programs press it without a page of ours (RFC 8058); the token in the address is the proof
@public_view(methods=("GET", "HEAD", "POST"))
def unsubscribe(request: PortalRequest, token: str) -> HttpResponse:
    """One press, here or in the mail program, and nothing is sent any more."""
    if request.method != "POST":
        return _private(render(request, "portal/status_door.html", {"door": "leave"}))
    try:
        operations.unsubscribe_from_status(token=token, now=clock.now())
    except NotFound:
        return _private(render(request, "portal/status_door.html", {"door": "bad"}, status=404))
    return _private(render(request, "portal/status_door.html", {"door": "left"}))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
