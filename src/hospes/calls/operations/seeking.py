"""Finding somebody for a call that waits: routing says who, they are rung, and whoever does not answer makes room.

Routing offers or gives the ticket (its reasons stand on the timeline); here the one it names is rung. Who cannot take
a call now (away, on another call, without a number) gives the ticket back, so that routing names the next. Where
routing has nobody to name (no queue, or all who fit were just asked), whoever is free in the team is rung.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from hospes.calls import policies, queries
from hospes.calls.models import Call, CallPart
from hospes.calls.operations.base import Held, finish, lock_call, miss, ring
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict
from hospes.routing.models import RoutingEntry, State
from hospes.routing.operations import accept_offer, decline_offer
from hospes.sla import operations as sla
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of
from hospes.staff.queries.availability import availability
from hospes.tickets.models import Ticket
from hospes.tickets.operations import change_ticket

CALLS: Final = Actor(kind="system", name="Hospes", via="calls")
PATIENCE: Final = timedelta(seconds=15)  # how long routing is given before whoever is free is rung
NOT_AGAIN: Final = timedelta(seconds=60)  # somebody who did not answer this call


def channel_of(call: Call) -> str:
    """The channel that agents switch off when they want no calls of this kind."""
    return "voice" if call.medium == Call.Medium.PHONE else call.medium


@transaction.atomic
def seek(*, call_id: int, now: datetime) -> bool:
    """Ring somebody for a call that waits; whether somebody is rung by this."""
    held = lock_call(call_id, SYSTEM)
    call = held.call
    if call.state != policies.QUEUED or held.line.rung is not None or held.line.staff_in:
        return False
    agent_id = _wanted(held) or _named(call.ticket)
    if agent_id is not None and agent_id not in _asked(held, now=now):
        if _can(agent_id, call, now=now):
            return _ring(held, agent_id, now=now)
        if not _forget_wish(held, agent_id, now=now):
            let_go(ticket_id=call.ticket_id, agent_id=agent_id, now=now)
        return False
    waited = now - (call.queued_at or call.started_at)
    if (
        agent_id is None
        and waited < PATIENCE
        and RoutingEntry.objects.filter(pk=call.ticket_id, state=State.WAITING).exists()
    ):
        return False
    free = _free(held, now=now)
    return _ring(held, free, now=now) if free is not None else False


def _ring(held: Held, agent_id: int, *, now: datetime) -> bool:
    ring(call=held.call, agent=Agent.objects.get(pk=agent_id), actor=CALLS, now=now)
    return True


def _wanted(held: Held) -> int | None:
    """Whom the caller asked for by an extension, while they were not tried."""
    wish = held.call.facts.get("agent")
    return wish if isinstance(wish, int) and not any(p.agent_id == wish for p in held.parts) else None


def _forget_wish(held: Held, agent_id: int, *, now: datetime) -> bool:
    """Who was asked for is not here: the call goes to anybody."""
    if held.call.facts.get("agent") != agent_id:
        return False
    held.call.facts = {**held.call.facts, "agent": None}
    finish(held, actor=CALLS, now=now)
    return True


def _named(ticket: Ticket) -> int | None:
    """Who has the ticket, or is offered it."""
    if ticket.assignee_id is not None:
        return ticket.assignee_id
    offered = RoutingEntry.objects.filter(pk=ticket.pk, state=State.OFFERED)
    return offered.values_list("agent_id", flat=True).first()


def _can(agent_id: int, call: Call, *, now: datetime) -> bool:
    return agent_id in _able([agent_id], call, now=now)


def _able(agent_ids: list[int] | None, call: Call, *, now: datetime) -> list[int]:
    """Those who are here, take calls of this kind, are on no other call, and (by phone) have a number."""
    found = availability(now, agent_ids)
    here = [pk for pk, a in found.items() if a.assignable and a.takes(channel_of(call))]
    if call.medium == Call.Medium.PHONE:
        here = list(Agent.objects.filter(pk__in=here).exclude(phone="").values_list("pk", flat=True))
    busy = CallPart.objects.filter(agent_id__in=here, state__in=[*policies.IN, policies.RINGING])
    on_call = set(busy.exclude(call__state=policies.ENDED).values_list("agent_id", flat=True))
    return [pk for pk in here if pk not in on_call]


def _asked(held: Held, *, now: datetime) -> set[int | None]:
    """Who was rung for this call a moment ago and did not answer."""
    missed = [p for p in held.parts if p.state == policies.MISSED]
    return {p.agent_id for p in missed if p.left_at is not None and p.left_at > now - NOT_AGAIN}


def _free(held: Held, *, now: datetime) -> int | None:
    """Whoever is free in the ticket's team (or its queue's, or at all), the one who was longest without a call."""
    call = held.call
    asked = _asked(held, now=now)
    able = [pk for pk in _able(None, call, now=now) if pk not in asked]
    team_id = (
        call.ticket.team_id
        or RoutingEntry.objects.filter(pk=call.ticket_id).values_list("queue__team_id", flat=True).first()
    )
    return _rested(able, team_id)


def free_in(team_id: int, call: Call, *, now: datetime, but: int | None) -> int | None:
    """Who of a team can take this call now (not `but`), the one who was longest without a call."""
    return _rested([pk for pk in _able(None, call, now=now) if pk != but], team_id)


def _rested(able: list[int], team_id: int | None) -> int | None:
    if team_id is not None:
        able = list(Agent.objects.filter(pk__in=able, teams=team_id).values_list("pk", flat=True))
    if not able:
        return None
    last = dict(
        CallPart.objects.filter(agent_id__in=able)
        .values_list("agent_id")
        .annotate(last=Max("id"))
        .values_list("agent_id", "last")
    )
    return min(able, key=lambda pk: (last.get(pk, 0), pk))


@transaction.atomic
def let_go(*, ticket_id: int, agent_id: int, now: datetime) -> None:
    """Somebody cannot take this call: the ticket goes back to routing, which names the next."""
    ticket = Ticket.objects.get(pk=ticket_id)
    if RoutingEntry.objects.filter(pk=ticket_id, state=State.OFFERED, agent_id=agent_id).exists():
        try:
            decline_offer(ticket=ticket, actor=_as(agent_id), now=now)
        except Conflict:
            return  # it has gone on meanwhile
    elif ticket.assignee_id == agent_id:
        change_ticket(ticket=ticket, assignee=None, actor=CALLS, now=now)


@transaction.atomic
def take_over(*, ticket_id: int, agent_id: int, now: datetime) -> None:
    """Whoever answered has the ticket: what was offered is taken, whatever else is changed."""
    ticket = Ticket.objects.get(pk=ticket_id)
    if ticket.assignee_id == agent_id:
        return
    if RoutingEntry.objects.filter(pk=ticket_id, state=State.OFFERED, agent_id=agent_id).exists():
        try:
            accept_offer(ticket=ticket, actor=_as(agent_id), now=now)
        except Conflict:
            ticket = Ticket.objects.get(pk=ticket_id)
        else:
            return
    change_ticket(ticket=ticket, assignee=Agent.objects.get(pk=agent_id), actor=CALLS, now=now)


def _as(agent_id: int) -> Actor:
    return actor_of(Agent.objects.get(pk=agent_id), via="calls")


def seek_for_ticket(*, ticket_id: int, now: datetime) -> None:
    """Routing named somebody (or somebody else) for a ticket: the call that waits on it goes there."""
    call = queries.open_call_of(Ticket(pk=ticket_id))
    if call is not None and call.state == Call.State.QUEUED:
        seek(call_id=call.pk, now=now)


@transaction.atomic
def stop_ringing(*, ticket_id: int, agent_id: int, why: str, now: datetime) -> None:
    """An offer ended: whom it was made to is not rung any more."""
    rung = CallPart.objects.filter(
        call__ticket_id=ticket_id, agent_id=agent_id, kind=policies.AGENT, state=policies.RINGING
    )
    for part in rung.exclude(call__state=policies.ENDED):
        miss(part=part, actor=CALLS, now=now, why=why)


def seek_waiting(*, now: datetime, limit: int = 50) -> int:
    """Calls that wait and for whom nobody is rung: somebody may have become free."""
    waiting = Call.objects.filter(state=Call.State.QUEUED).order_by("queued_at", "id")
    return sum(seek(call_id=pk, now=now) for pk in waiting.values_list("pk", flat=True)[:limit])


def count_wait(*, ticket_id: int, now: datetime) -> None:
    """Somebody waits in a queue from now on: its service level runs."""
    sla.start_clock(ticket_id=ticket_id, kind="queue_wait", now=now)


def end_count(*, ticket_id: int, now: datetime, met: bool) -> None:
    """Somebody answered, or (not `met`) the caller left before."""
    sla.stop_clock(ticket_id=ticket_id, kind="queue_wait", now=now, met=met)
