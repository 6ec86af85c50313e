"""The routing worker looks at one ticket: brings its entry up to date, and gives it, offers it, or takes it back."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from hospes.core.events import emit
from hospes.routing import events
from hospes.routing.models import AssignmentRecord, RoutingEntry, State
from hospes.routing.operations.giving import ROUTER, find_owner, substitute_can
from hospes.routing.operations.loads import Delta, change_loads
from hospes.routing.operations.nudges import nudge_agents, nudge_tickets, take_ticket_nudges
from hospes.routing.policies import worked_on
from hospes.routing.queries.people import Here, cost_for, whether_here
from hospes.routing.queries.rules import rule_of
from hospes.tickets.models import Ticket
from hospes.tickets.operations import change_ticket
from hospes.tickets.operations.base import ids_after, locking

# Whoever puts a ticket back is not given it again for so long.
PUT_BACK: Final = timedelta(minutes=10)


@transaction.atomic
def look_at_ticket(ticket_id: int, *, now: datetime) -> bool:
    """One ticket, under its lock; returns whether it got an owner or an offer by this.

    Locks are taken in one order everywhere (ticket, entry, queue, agents by id), so that workers never wait for
    each other in a circle; whatever frees one agent and burdens another is done in two looks.
    """
    ticket = locking().filter(pk=ticket_id).first()
    team_by_hand = take_ticket_nudges(ticket_id, now=now)
    if ticket is None:
        return False
    known = RoutingEntry.objects.select_for_update(no_key=True).filter(pk=ticket_id).first()
    entry = known or RoutingEntry(ticket=ticket, channel=ticket.channel)
    entry.team_by_hand = entry.team_by_hand or team_by_hand
    before = (entry.state, entry.agent_id)
    entry.next_at = None
    entry.looked_at = now
    if ticket.assignee_id is not None:
        _owned(ticket, entry, now=now)
    else:
        _unowned(ticket, entry, now=now)
    _not_at_once(entry, now=now)
    entry.save(force_insert=known is None)
    given = entry.state in {State.ASSIGNED, State.OFFERED}
    return given and (entry.state, entry.agent_id) != before


def _not_at_once(entry: RoutingEntry, *, now: datetime) -> None:
    """Whatever happens, a ticket is never looked at in a circle without time going by."""
    if entry.next_at is not None:
        entry.next_at = max(entry.next_at, now + timedelta(seconds=1))


def _works(ticket: Ticket, now: datetime) -> bool:
    return worked_on(category=ticket.category, active=ticket.active, snoozed=ticket.snoozed_until is not None)


def _owned(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> None:
    """A ticket with an owner: count it on them, and take it back when they are not here and the customer waits."""
    owner = ticket.assignee_id
    assert owner is not None
    if entry.state != State.ASSIGNED or entry.agent_id != owner:
        _given_by_hand(ticket, entry, now=now)
    works = _works(ticket, now) and not entry.resting
    units = cost_for(owner, ticket.channel).weight if works else 0
    _carry(entry, agent_id=owner, units=units, channel=ticket.channel, now=now)
    entry.state, entry.channel = State.ASSIGNED, ticket.channel
    if not works or ticket.waiting_since is None:
        return
    here = whether_here(owner, now=now)
    because = _why_back(ticket, entry, here, now=now)
    if because and (_may_take_back(entry) or substitute_can(ticket, entry, here, now=now)):
        _take_back(ticket, entry, because, here, now=now)


def _may_take_back(entry: RoutingEntry) -> bool:
    """Only what a queue gave; what people gave by hand stays with whom they chose."""
    return not entry.by_hand and rule_of(entry.queue_id) is not None


def _why_back(ticket: Ticket, entry: RoutingEntry, here: Here, *, now: datetime) -> str:
    """Why the owner has to give it back now ("" for no reason); sets when to ask again."""
    if not here.active:
        return "left"
    if here.absent_until is not None:
        return "absent"
    rule = None if entry.by_hand else rule_of(entry.queue_id)
    if rule is None or rule.grace_seconds is None or not here.gone or ticket.waiting_since is None:
        return ""
    since = max(here.since or now, ticket.waiting_since)
    due = min(since, now) + timedelta(seconds=rule.grace_seconds)
    if due <= now:
        return "away"
    entry.next_at = due
    return ""


def _given_by_hand(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> None:
    """Somebody was made the owner by a person or a rule: kept as a record like every other assignment."""
    owner = ticket.assignee_id
    assert owner is not None
    if entry.state == State.OFFERED and entry.agent_id is not None:
        emit(events.OfferEnded(**ids_after(ticket), agent_id=entry.agent_id, how="withdrawn"), actor=ROUTER, now=now)
    close_record(entry, why="hand", now=now)
    AssignmentRecord.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        agent_id=owner,
        queue_id=entry.queue_id,
        at=now,
        how="hand",
        waited_seconds=max(0, int((now - (ticket.waiting_since or now)).total_seconds())),
    )
    entry.by_hand = True
    entry.why, entry.declined, entry.offer_ends_at, entry.ask_again_at = {}, [], None, None


def close_record(entry: RoutingEntry, *, why: str, now: datetime) -> None:
    """The last assignment of a ticket ends."""
    if entry.state == State.ASSIGNED and entry.agent_id is not None:
        AssignmentRecord.objects.filter(ticket_id=entry.ticket_id, agent_id=entry.agent_id, back_at=None).update(
            back_at=now, back_why=why
        )


def _carry(entry: RoutingEntry, *, agent_id: int | None, units: int, channel: str, now: datetime) -> None:
    """Count a ticket on whom it is with now, and no longer on whom it was with; who has more room is looked at."""
    before, had, old_channel = entry.agent_id, entry.units, entry.channel
    entry.agent_id, entry.units = agent_id, units
    if (before, had, old_channel) == (agent_id, units, channel):
        return
    deltas: dict[int, Delta] = {}
    if before is not None and had and before != agent_id:
        deltas[before] = Delta(-had, old_channel, -1)
    if agent_id is not None:
        mine = had if before == agent_id else 0
        tickets = int(bool(units)) - int(bool(mine))
        if units != mine or tickets:
            deltas[agent_id] = Delta(units - mine, channel, tickets)
    change_loads(deltas)
    nudge_agents([who for who, delta in deltas.items() if delta.units < 0], now=now)


def _take_back(ticket: Ticket, entry: RoutingEntry, because: str, here: Here, *, now: datetime) -> None:
    """The owner is not here and the customer waits. Who gets it is decided in the next look."""
    owner = entry.agent_id
    assert owner is not None
    close_record(entry, why=because, now=now)
    ticket = change_ticket(ticket=ticket, actor=ROUTER, now=now, assignee=None)
    away = int((now - here.since).total_seconds()) if here.since and because == "away" else 0
    emit(
        events.TicketTakenBack(**ids_after(ticket), agent_id=owner, because=because, seconds=max(0, away)),
        actor=ROUTER,
        now=now,
    )
    _carry(entry, agent_id=None, units=0, channel=entry.channel, now=now)
    entry.state, entry.previous_id, entry.by_hand = State.WAITING, owner, False
    entry.entered_at, entry.step, entry.why = now, 0, {}
    nudge_tickets([ticket.pk], now=now)


def _unowned(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> None:
    """A ticket without an owner: off the line when it asks for no work, else on its way to somebody."""
    if entry.state == State.ASSIGNED:
        _put_back(ticket, entry, now=now)
        nudge_tickets([ticket.pk], now=now)
        return
    if not _works(ticket, now):
        if entry.state == State.OFFERED:
            end_offer(ticket, entry, how="withdrawn", now=now)
        _carry(entry, agent_id=None, units=0, channel=entry.channel, now=now)
        entry.state, entry.queue, entry.why, entry.rank_at, entry.overflowed = State.LEFT, None, {}, None, False
        return
    if entry.state == State.OFFERED:
        if _still_offered(entry, now=now):
            entry.next_at = entry.offer_ends_at
            return
        end_offer(ticket, entry, how="expired", now=now)
        nudge_tickets([ticket.pk], now=now)
        return
    if entry.ask_again_at is not None and entry.ask_again_at <= now:
        entry.declined, entry.ask_again_at = [], None
    find_owner(ticket, entry, now=now)


def _put_back(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> None:
    """The owner was taken off by hand: somebody else is looked for first."""
    close_record(entry, why="hand", now=now)
    if entry.agent_id is not None:
        entry.declined = [*entry.declined, entry.agent_id][-50:]
        entry.ask_again_at = now + PUT_BACK
    _carry(entry, agent_id=None, units=0, channel=entry.channel, now=now)
    entry.state, entry.by_hand, entry.queue = State.LEFT, False, None


def _still_offered(entry: RoutingEntry, *, now: datetime) -> bool:
    if entry.offer_ends_at is None or entry.agent_id is None or entry.offer_ends_at <= now:
        return False
    here = whether_here(entry.agent_id, now=now)
    return here.active and not here.gone and here.absent_until is None


def end_offer(ticket: Ticket, entry: RoutingEntry, *, how: str, now: datetime) -> None:
    """Nobody took the offer: back into the line, to be offered to somebody else."""
    if entry.agent_id is not None:
        emit(events.OfferEnded(**ids_after(ticket), agent_id=entry.agent_id, how=how), actor=ROUTER, now=now)
        if how != "withdrawn":
            entry.declined = [*entry.declined, entry.agent_id][-200:]
    _carry(entry, agent_id=None, units=0, channel=entry.channel, now=now)
    entry.state, entry.offer_ends_at = State.WAITING, None
    entry.attempts += 1
