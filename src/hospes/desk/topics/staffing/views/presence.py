"""One's own presence, who is here, and calling somebody to a ticket."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.topics.staffing.board import board_of
from hospes.desk.topics.staffing.lines import state_word
from hospes.desk.topics.staffing.panel import reach_groups
from hospes.desk.topics.staffing.words import channel_words
from hospes.desk.views.frame import page
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import PresenceState
from hospes.tickets import operations as tickets
from hospes.tickets import queries as ticket_queries

MINUTES = (30, 60, 120, 240)


@desk_view("presence.own", methods=("GET", "HEAD", "POST"))
def presence(request: DeskRequest) -> HttpResponse:
    """The part of the own menu that says whether one is here; posting a state or a channel's switch changes it."""
    now = clock.now()
    if request.method == "POST":
        if "channel" in request.POST:
            operations.set_channel_presence(
                agent=request.user,
                channel=request.POST["channel"],
                on=bool(request.POST.get("on")),
                actor=request.actor,
                now=now,
            )
        else:
            operations.set_presence(
                agent=request.user,
                state=request.POST.get("state", ""),
                until=_until(request, now),
                note=request.POST.get("note", ""),
                actor=request.actor,
                now=now,
            )
        if not wants_fragment(request):
            messages.success(request, _("Saved."))
            return redirect("desk:staffing")
    row = staff.own_presence(request.user.pk)
    chosen = row.chosen if row else ""
    context = {
        "row": row,
        "state": row.state if row else PresenceState.OFFLINE,
        "differs": row is not None and row.state != (chosen or PresenceState.ONLINE),
        "word": state_word(row.state if row else PresenceState.OFFLINE),
        "choices": [
            (value, label, value == (chosen or PresenceState.ONLINE))
            for value, label in (
                ("online", state_word("online")),
                ("busy", state_word("busy")),
                ("away", state_word("away")),
                ("offline", _("Appear offline")),
            )
        ],
        "channels": [(key, label, row is None or row.channels.get(key, True)) for key, label in channel_words()],
        "absent": staff.absent_ids([request.user.pk], now=now),
    }
    return render(request, "desk/staffing/presence.html", context)


def _until(request: DeskRequest, now: datetime) -> datetime | None:
    """When a chosen state ends: after so many minutes, at the end of the day where the agent is, or never."""
    wanted = request.POST.get("until", "")
    if not wanted:
        return None
    if wanted == "day":
        here = now.astimezone(_zone(request))
        return (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    minutes = posted_number(wanted)
    if minutes is not None and minutes < 10_000:
        return now + timedelta(minutes=minutes)
    raise InvalidInput(_("Choose a time that lies ahead, within a month."), field="until")


def _zone(request: DeskRequest) -> ZoneInfo:
    return ZoneInfo(request.user.time_zone or timezone.get_current_timezone_name())


@desk_view("presence.own")
def board(request: DeskRequest) -> HttpResponse:
    """Who is here: every team with its people, their state and their load."""
    context = {"board": board_of(request.actor, now=clock.now())}
    if wants_fragment(request):
        return render(request, "desk/staffing/board_teams.html", context)
    return page(request, "desk/staffing/board.html", "staffing", context)


@desk_view("ticket.note")
def reach(request: DeskRequest, number: str) -> HttpResponse:
    """Everybody who can be reached for a ticket now."""
    ticket = ticket_queries.get_ticket(request.actor, number)
    groups = reach_groups(ticket, me=request.actor.own_id, now=clock.now())
    return render(request, "desk/staffing/reach.html", {"groups": groups, "ticket": ticket})


@desk_view("ticket.note", methods=("POST",))
def call(request: DeskRequest, number: str) -> HttpResponse:
    """Call somebody to a ticket now."""
    ticket = ticket_queries.get_ticket(request.actor, number)
    wanted = posted_id(request.POST.get("agent", ""))
    if not wanted:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    agent = staff.get_agent(wanted)
    tickets.call_to(ticket=ticket, agent=agent, note=request.POST.get("note", ""), actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("%(name)s has been called.") % {"name": agent.name}})
