"""Handing a ticket on: up, back, to somebody on call; who is responsible; who takes it."""

from datetime import datetime

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.changes import answering
from hospes.routing import operations
from hospes.routing.queries import escalation as queries
from hospes.staff import queries as staff
from hospes.staff.models import Agent, Team
from hospes.tickets import queries as tickets
from hospes.tickets.models import Ticket

MORE = ("GET", "HEAD", "POST")


def moment(value: str, *, field: str) -> datetime | None:
    """A local time as a browser's field gives it. Raises InvalidInput for what is none."""
    if not value.strip():
        return None
    try:
        found = parse_datetime(value)
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput(_("Choose a day and a time."), field=field)
    try:
        return found if timezone.is_aware(found) else timezone.make_aware(found)
    except (ValueError, OverflowError):
        raise InvalidInput(_("Choose a day and a time."), field=field) from None


def chosen_agent(value: str) -> Agent | None:
    """The agent chosen in a list; None for none. Raises InvalidInput."""
    if not value:
        return None
    found = staff.active_agents().filter(pk=posted_id(value)).first()
    if found is None:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    return found


def chosen_team(value: str) -> Team | None:
    """The team chosen in a list; None for none. Raises InvalidInput."""
    if not value:
        return None
    found = staff.teams().filter(pk=posted_id(value)).first()
    if found is None:
        raise InvalidInput(_("Choose one of the teams."), field="to")
    return found


@desk_view("ticket.escalate", methods=MORE)
@answering
def escalate(request: DeskRequest, number: str) -> HttpResponse:
    """The form with the three questions; posting hands the ticket up."""
    found = tickets.get_ticket(request.actor, number)
    now = clock.now()
    if request.method != "POST":
        return render(request, "desk/escalation/escalate.html", _choices(request, found, now))
    post = request.POST
    to = post.get("to", "")
    made = operations.escalate(
        ticket=found,
        wants=post.get("wants", ""),
        tried=post.get("tried", ""),
        promised=post.get("promised", ""),
        promised_until=moment(post.get("promised_until", ""), field="promised_until"),
        to_tier=int(to.removeprefix("tier")) if to in ("tier2", "tier3") else None,
        to_team=None if to in ("", "tier2", "tier3", "on_call") else chosen_team(to),
        on_call=to == "on_call",
        new_responsible=chosen_agent(post.get("agent", "")),
        tell=bool(post.get("tell")),
        actor=request.actor,
        now=now,
    )
    return JsonResponse({"message": _("%(name)s has it now") % {"name": made.to_agent or made.to_team}})


def _choices(request: DeskRequest, ticket: Ticket, now: datetime) -> dict[str, object]:
    """Where it can go: teams of a higher tier first, then others, then whoever is on call."""
    teams = [t for t in staff.teams() if not t.back_office and t.pk != ticket.team_id and t.tier >= ticket.tier]
    teams.sort(key=lambda t: (t.tier <= ticket.tier, t.tier, t.name))
    until = ticket.due_at or ticket.promised_at
    return {
        "ticket": ticket,
        "teams": teams,
        "on_call": next(iter(queries.on_call_people(now)), None),
        "colleagues": staff.active_agents().exclude(pk=ticket.responsible_id or 0),
        "until": timezone.localtime(until).strftime("%Y-%m-%dT%H:%M") if until and until > now else "",
        "tells": queries.tells(ticket, None),
    }


@desk_view("ticket.escalate", methods=("POST",))
@answering
def give_back(request: DeskRequest, number: str) -> HttpResponse:
    """Back down a tier, with what is to be done now."""
    found = tickets.get_ticket(request.actor, number)
    made = operations.de_escalate(ticket=found, note=request.POST.get("note", ""), actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("%(name)s has it now") % {"name": made.to_agent or made.to_team}})


@desk_view("ticket.reply", methods=("POST",))
@answering
def take(request: DeskRequest, number: str) -> HttpResponse:
    """I have it now."""
    found = tickets.get_ticket(request.actor, number)
    operations.take_escalated(ticket=found, actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("It is yours now")})


@desk_view("ticket.escalate", methods=("POST",))
@answering
def responsible(request: DeskRequest, number: str) -> HttpResponse:
    """Ask somebody to become responsible."""
    found = tickets.get_ticket(request.actor, number)
    agent = chosen_agent(request.POST.get("agent", ""))
    if agent is None:
        raise InvalidInput(_("Choose somebody who works here."), field="agent")
    note = request.POST.get("note", "")
    operations.offer_responsibility(ticket=found, to=agent, note=note, actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("%(name)s was asked") % {"name": agent.name}})


@desk_view("ticket.see", methods=("POST",))
@answering
def answer_offer(request: DeskRequest, offer_id: int) -> HttpResponse:
    """Yes or no to becoming responsible."""
    offer = queries.get_offer(request.actor, offer_id)
    accept = request.POST.get("answer") == "yes"
    operations.answer_responsibility(offer=offer, accept=accept, actor=request.actor, now=clock.now())
    return JsonResponse({"message": _("You are responsible for it now") if accept else _("Declined")})
