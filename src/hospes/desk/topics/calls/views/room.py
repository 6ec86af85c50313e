"""The call's own window, what rings for an agent, and everything that is done in a call."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hospes.calls import policies, queries
from hospes.calls.models import Call, CallPart
from hospes.calls.operations import base, browser, links
from hospes.core import clock
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.calls.shapes import name_of, outcomes, ringing_of, state_of
from hospes.desk.topics.calls.words import call_words
from hospes.desk.views.changes import answering
from hospes.desk.views.frame import frame
from hospes.realtime.queries import cursor_now
from hospes.staff import queries as staff

# Only this window may ask for microphone, camera and screen.
DEVICES: Final = "camera=(self), microphone=(self), display-capture=(self), geolocation=()"
LARGEST: Final = 12 * 1024 * 1024


@desk_view()
def mine(request: DeskRequest) -> HttpResponse:
    """What rings for me, and where I talk."""
    parts = list(queries.open_parts_of(request.user.pk)[:10])
    ringing = [ringing_of(p) for p in parts if p.state == policies.RINGING]
    return JsonResponse({"ringing": ringing, "in": [ringing_of(p) for p in parts if p.state in policies.IN]})


@desk_view(methods=("GET", "HEAD", "POST"))
@answering
def call(request: DeskRequest, call_id: int) -> HttpResponse:
    """The window of a call; posting does something in it."""
    found = queries.get_call(request.actor, call_id)
    if request.method == "POST":
        return _do(request, found)
    sees_ticket = _sees_ticket(request, found)
    context = {
        **frame(request, "calls"),
        "call": found,
        "ticket": found.ticket if sees_ticket else None,
        "phone": found.medium == Call.Medium.PHONE,
        "outcomes": outcomes(),
        **_whom(request, found),
        "live_cursor": str(cursor_now()),
        "call_words": call_words(),
        "call_facts": {
            "call": found.pk,
            "medium": found.medium,
            "number": found.ticket.number if sees_ticket else "",
            "customer": name_of(found),
            "me": request.user.pk,
            "can_reply": request.actor.may("ticket.reply"),
            "state": state_of(found, now=clock.now()),
        },
    }
    response = render(request, "desk/calls/room.html", context)
    response["Permissions-Policy"] = DEVICES
    response["Cache-Control"] = "private, no-store"
    return response


def _whom(request: DeskRequest, found: Call) -> dict[str, Any]:
    """Who can be called in, or be given the call: by phone those who have one."""
    colleagues = staff.active_agents().exclude(pk=request.user.pk)
    if found.medium != Call.Medium.PHONE:
        return {"colleagues": list(colleagues[:300]), "call_teams": []}
    return {"colleagues": list(colleagues.exclude(phone="")[:300]), "call_teams": list(staff.teams()[:300])}


def _sees_ticket(request: DeskRequest, found: Call) -> bool:
    """Whether the ticket may be shown too: an expert who was called in may see the call alone."""
    return queries.may_see(request.actor, found, [])


@desk_view()
@answering
def state(request: DeskRequest, call_id: int) -> HttpResponse:
    """How a call stands."""
    return JsonResponse(state_of(queries.get_call(request.actor, call_id), now=clock.now()))


@answering
def _do(request: DeskRequest, found: Call) -> HttpResponse:
    step = request.POST.get("do", "")
    if step not in STEPS:
        raise InvalidInput(_("Choose what to do."), field="do")
    told = STEPS[step](request, found) or {}
    fresh = queries.get_call(request.actor, found.pk)
    return JsonResponse({**state_of(fresh, now=clock.now()), **told})


def _own(request: DeskRequest, found: Call) -> CallPart:
    """The asker's own part, while they are in the call. Raises NotFound."""
    part = found.parts.filter(agent_id=request.user.pk, state__in=policies.IN).order_by("-id").first()
    if part is None:
        raise NotFound
    return part


def _answer(request: DeskRequest, found: Call) -> dict[str, Any]:
    part = browser.answer(call=found, actor=request.actor, now=clock.now())
    return {"part": part.pk}


def _decline(request: DeskRequest, found: Call) -> None:
    browser.decline(call=found, actor=request.actor, now=clock.now())


def _hang_up(request: DeskRequest, found: Call) -> None:
    if found.parts.filter(agent_id=request.user.pk, state=policies.RINGING).exists():
        browser.decline(call=found, actor=request.actor, now=clock.now())
        return
    base.leave(part=_own(request, found), actor=request.actor, now=clock.now())


def _end(request: DeskRequest, found: Call) -> None:
    _own(request, found)
    base.end_call(call=found, actor=request.actor, now=clock.now())


def _hold(request: DeskRequest, found: Call) -> None:
    _own(request, found)
    for part in found.parts.filter(kind=policies.CUSTOMER, state=policies.JOINED):
        base.hold(part=part, actor=request.actor, now=clock.now())


def _resume(request: DeskRequest, found: Call) -> None:
    _own(request, found)
    for part in found.parts.filter(kind=policies.CUSTOMER, state=policies.HELD):
        base.resume(part=part, actor=request.actor, now=clock.now())


def _ask(request: DeskRequest, found: Call) -> None:
    _own(request, found)
    browser.ask_consent(call=found, actor=request.actor, now=clock.now())


def _invite(request: DeskRequest, found: Call) -> dict[str, Any]:
    _own(request, found)
    wanted = request.POST.get("agent", "")
    if wanted.startswith("team-"):
        team = staff.teams().filter(pk=posted_id(wanted.removeprefix("team-")) or 0).first()
        if team is None:
            raise NotFound
        rung = browser.invite_team(call=found, team=team, actor=request.actor, now=clock.now())
        return {"message": _("%(name)s is rung.") % {"name": rung.name}}
    agent = staff.active_agents().filter(pk=posted_id(wanted) or 0).first()
    if agent is None:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    browser.invite(call=found, agent=agent, actor=request.actor, now=clock.now())
    return {"message": _("%(name)s is rung.") % {"name": agent.name}}


def _expert_link(request: DeskRequest, found: Call) -> dict[str, Any]:
    _own(request, found)
    _link, token = links.make_link(
        ticket=found.ticket, medium=found.medium, kind=CallPart.Kind.EXPERT, call=found,
        name=request.POST.get("name", ""), actor=request.actor, now=clock.now(),
    )  # fmt: skip
    return {"copy": links.address_of(token), "message": _("The link was copied.")}


def _remove(request: DeskRequest, found: Call) -> None:
    _own(request, found)
    part = found.parts.filter(pk=posted_id(request.POST.get("part", "")) or 0).exclude(agent_id=request.user.pk).first()
    if part is None:
        raise NotFound
    if part.kind == policies.CUSTOMER:
        raise Conflict(_("Hang up to end the call with the customer."))
    base.leave(part=part, actor=request.actor, now=clock.now())


def _note(request: DeskRequest, found: Call) -> dict[str, Any]:
    outcome, notes = request.POST.get("outcome", ""), request.POST.get("notes", "")
    base.note_call(call=found, outcome=outcome, notes=notes, actor=request.actor, now=clock.now())
    return {"saved": True}


STEPS: Final[dict[str, Callable[[DeskRequest, Call], dict[str, Any] | None]]] = {
    "answer": _answer,
    "decline": _decline,
    "hangup": _hang_up,
    "end": _end,
    "hold": _hold,
    "resume": _resume,
    "ask": _ask,
    "invite": _invite,
    "link": _expert_link,
    "remove": _remove,
    "note": _note,
}


@desk_view(methods=("POST",))
@answering
def picture(request: DeskRequest, call_id: int) -> HttpResponse:
    """A still from the call, drawn upon or not."""
    part = _own(request, queries.get_call(request.actor, call_id))
    sent = request.FILES.get("picture")
    if sent is None or (sent.size or 0) > LARGEST:
        raise InvalidInput(_("This is not a picture."), field="picture")
    browser.keep_picture(
        part=part, content=sent.read(), words=request.POST.get("words", ""), now=clock.now(), actor=request.actor
    )
    return JsonResponse({"message": _("The picture is on the ticket.")}, status=201)
