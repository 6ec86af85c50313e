"""A ticket finds its queue, and its queue finds somebody: the decision, the assignment or the offer, the reason."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.facts import About, LazyFacts
from hospes.routing import events
from hospes.routing.models import AssignmentRecord, QueueTurn, RoutingEntry, State
from hospes.routing.operations.loads import reserve
from hospes.routing.policies import (
    SHOWN_PEOPLE,
    Candidate,
    Decision,
    QueueRule,
    Work,
    decide,
    due_steps,
    next_step_at,
    rank,
)
from hospes.routing.queries.people import Here, candidates
from hospes.routing.queries.rules import Rule, first_match, rule_of, rules
from hospes.routing.queries.works import team_was_chosen, work_of
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Ticket
from hospes.tickets.operations import change_ticket
from hospes.tickets.operations.base import ids_after

ROUTER: Final = Actor(kind="system", name="Hospes", via="routing")
# How often somebody else may snatch the chosen one's last place before the ticket waits for the next look.
TRIES: Final = 5
LOCK_SPACE: Final = 7_201
# The rule for what no queue looks after: nobody but who is named may take it.
BY_NAME: Final = QueueRule(id=0, team_ids=frozenset({-1}))


def find_owner(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> None:
    """Into the right queue, and on to somebody if there is one; else it waits and says why."""
    rule = _queue_for(ticket, entry, now=now)
    if rule is None:
        entry.queue = None
        if not _give_by_name(ticket, entry, now=now):
            entry.state, entry.why, entry.rank_at = State.LEFT, {}, None
        return
    ticket = _enter(ticket, entry, rule, now=now)
    rule = _overflow(ticket, entry, rule, now=now)
    ticket = _move_team(ticket, entry, rule, now=now)
    work = work_of(ticket, entry)
    entry.needs, entry.channel = rule.needed_language(work), ticket.channel
    assert entry.entered_at is not None
    since = min(entry.entered_at, ticket.waiting_since or entry.entered_at)
    entry.rank_at = rank(entered_at=since, priority=work.priority, vip=work.vip, boost_minutes=rule.boost)
    seen = rule.at_step(entry.step, team_id=ticket.team_id)
    _lock_queue(rule.id)
    chosen, decision = _choose(work, seen, now=now)
    if chosen is None:
        _wait(ticket, entry, rule, decision, now=now)
    elif rule.offer:
        _offer(ticket, entry, rule, chosen, decision, now=now)
    else:
        _assign(ticket, entry, chosen, decision, now=now)


def _queue_for(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> Rule | None:
    """The first queue whose conditions hold; where overflow brought a ticket, it stays."""
    if entry.overflowed and (kept := rule_of(entry.queue_id)) is not None:
        return kept
    found = rules()
    if not found:
        return None
    entry.team_by_hand = entry.team_by_hand or team_was_chosen(ticket.pk)
    facts = LazyFacts(About(now=now, ticket=ticket))
    return first_match(
        found,
        facts,
        channel=ticket.channel,
        tier=ticket.tier,
        team_id=ticket.team_id,
        team_by_hand=entry.team_by_hand,
        now=now,
    )


def _enter(ticket: Ticket, entry: RoutingEntry, rule: Rule, *, now: datetime) -> Ticket:
    """The ticket stands in this queue's line from now on, if it did not before."""
    if entry.queue_id == rule.id and entry.state == State.WAITING:
        return ticket
    entered_before = entry.state == State.WAITING and entry.entered_at is not None
    entry.queue_id, entry.state, entry.step, entry.why = rule.id, State.WAITING, 0, {}
    if not entered_before:
        entry.entered_at = now
    emit(events.TicketQueued(**ids_after(ticket), queue_id=rule.id, queue=rule.name), actor=ROUTER, now=now)
    return ticket


def _move_team(ticket: Ticket, entry: RoutingEntry, rule: Rule, *, now: datetime) -> Ticket:
    """The queue's team sees the ticket among its own."""
    if rule.team_id is None or ticket.team_id == rule.team_id or entry.team_by_hand:
        return ticket
    team = Team.objects.filter(pk=rule.team_id, archived_at=None).first()
    return change_ticket(ticket=ticket, actor=ROUTER, now=now, team=team) if team is not None else ticket


def _overflow(ticket: Ticket, entry: RoutingEntry, rule: Rule, *, now: datetime) -> Rule:
    """After too long a wait a ticket is for another team too, or in another queue."""
    assert entry.entered_at is not None
    due = due_steps(rule.overflow, entered_at=entry.entered_at, now=now)
    while entry.step < due:
        step = rule.overflow[entry.step]
        entry.step += 1
        other = rule_of(step.get("queue"))
        if step.get("queue") and (other is None or other.id == rule.id):
            continue
        team = Team.objects.filter(pk=step.get("team", 0)).values_list("name", flat=True).first()
        name = other.name if other else team
        emit(
            events.TicketOverflowed(
                **ids_after(ticket),
                to_team_id=step.get("team"),
                to_queue_id=other.id if other else None,
                to=name or "",
                after_seconds=step["after"],
            ),
            actor=ROUTER,
            now=now,
        )
        entry.why = {}
        if other is not None:
            entry.queue_id, entry.overflowed, entry.step, entry.entered_at = other.id, True, 0, now
            entry.declined = []
            return other
    return rule


def _lock_queue(queue_id: int) -> None:
    """One decision for a queue at a time: turns are then fair whatever the number of workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_SPACE, queue_id % 2**31])


def _choose(work: Work, rule: QueueRule, *, now: datetime) -> tuple[Candidate | None, Decision]:
    """Somebody whose capacity is now reserved, or nobody with the reason seen over all people of the queue."""
    for _try in range(TRIES):
        people = candidates(work, rule, now=now, here_only=True)
        decision = decide(work, people, rule, now)
        if decision.agent_id is None:
            break
        chosen = next(one for one in people if one.id == decision.agent_id)
        if reserve(chosen, channel=work.channel):
            return chosen, decision
    return None, decide(work, candidates(work, rule, now=now), rule, now)


def _wait(ticket: Ticket, entry: RoutingEntry, rule: Rule, decision: Decision, *, now: datetime) -> None:
    """Nobody can take it: it stays in line and says why, once for each stay."""
    assert entry.entered_at is not None
    first = not entry.why
    entry.state, entry.why = State.WAITING, decision.reason.kept()
    if entry.declined and entry.ask_again_at is None:
        entry.ask_again_at = now + timedelta(seconds=rule.offer_seconds)
    times = [
        when
        for when in (next_step_at(rule.overflow, entered_at=entry.entered_at, step=entry.step), entry.ask_again_at)
        if when is not None
    ]
    entry.next_at = min(times, default=None)
    if first:
        emit(
            events.TicketWaits(**ids_after(ticket), queue_id=rule.id, why=json.dumps(entry.why)), actor=ROUTER, now=now
        )


def _offer(
    ticket: Ticket, entry: RoutingEntry, rule: Rule, chosen: Candidate, decision: Decision, *, now: datetime
) -> None:
    ends = now + timedelta(seconds=rule.offer_seconds)
    entry.state, entry.agent_id, entry.units = State.OFFERED, chosen.id, chosen.weight
    entry.offer_ends_at = entry.next_at = ends
    entry.ask_again_at = None
    entry.why = decision.reason.kept()
    _next_turn(entry.queue_id, chosen.id)
    emit(
        events.TicketOffered(
            **ids_after(ticket), agent_id=chosen.id, until=ends.isoformat(), why=json.dumps(entry.why)
        ),
        actor=ROUTER,
        now=now,
    )


def _assign(ticket: Ticket, entry: RoutingEntry, chosen: Candidate, decision: Decision, *, now: datetime) -> None:
    _next_turn(entry.queue_id, chosen.id)
    entry.units = chosen.weight
    settle_assignment(
        ticket, entry, chosen.id, reason=decision.reason.kept() | _others(decision), how="routed", now=now
    )


def settle_assignment(
    ticket: Ticket, entry: RoutingEntry, agent_id: int, *, reason: dict[str, Any], how: str, now: datetime
) -> None:
    """The ticket is theirs: owner, record with the reason, event. Their capacity is reserved already."""
    waited = max(0, int((now - (entry.entered_at or now)).total_seconds()))
    entry.state, entry.agent_id, entry.by_hand = State.ASSIGNED, agent_id, False
    entry.why, entry.declined, entry.offer_ends_at, entry.ask_again_at, entry.next_at = {}, [], None, None, None
    AssignmentRecord.objects.create(
        ticket=ticket,
        customer_id=ticket.customer_id,
        agent_id=agent_id,
        queue_id=entry.queue_id,
        at=now,
        how=how,
        reason=reason,
        waited_seconds=waited,
    )
    ticket = change_ticket(ticket=ticket, actor=ROUTER, now=now, assignee=Agent.objects.get(pk=agent_id))
    emit(
        events.TicketRouted(
            **ids_after(ticket),
            agent_id=agent_id,
            queue_id=entry.queue_id,
            how=how,
            waited_seconds=waited,
            why=json.dumps({"facts": reason.get("facts", [])}),
        ),
        actor=ROUTER,
        now=now,
    )


def _others(decision: Decision) -> dict[str, Any]:
    """Why not the others, kept for the first of them: what a reader wants to know is about few people."""
    return {"others": [{"agent": who, **fact} for who, fact in list(decision.rejected.items())[:SHOWN_PEOPLE]]}


def _next_turn(queue_id: int | None, agent_id: int) -> None:
    """This agent goes to the end of the queue's round. Called under the queue's lock."""
    if queue_id is None:
        return
    last = QueueTurn.objects.filter(queue_id=queue_id).order_by("-turn").values_list("turn", flat=True).first() or 0
    QueueTurn.objects.update_or_create(queue_id=queue_id, agent_id=agent_id, defaults={"turn": last + 1})


def substitute_can(ticket: Ticket, entry: RoutingEntry, here: Here, *, now: datetime) -> bool:
    """Whether the absent owner's substitute can take a ticket that no queue looks after."""
    if here.substitute_id is None or here.absent_until is None:
        return False
    work = work_of(ticket, entry, owner_id=ticket.assignee_id)
    return decide(work, candidates(work, BY_NAME, now=now, here_only=True), BY_NAME, now).agent_id is not None


def _give_by_name(ticket: Ticket, entry: RoutingEntry, *, now: datetime) -> bool:
    """No queue looks after it, but whoever stands in for its last owner does."""
    if entry.previous_id is None:
        return False
    chosen, decision = _choose(work_of(ticket, entry), BY_NAME, now=now)
    if chosen is not None:
        _assign(ticket, entry, chosen, decision, now=now)
    return chosen is not None
