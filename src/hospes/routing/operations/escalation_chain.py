"""Chains: what happens by itself while a customer waits and nobody answers.

Each run is a row with the time of its next step, found by an index. A step is taken under the ticket's lock, with the
count of steps written in the same transaction, so two workers can never take one step twice.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta

from django.db import transaction

from hospes.core.actors import Actor
from hospes.core.conditions import matches
from hospes.core.events import because_of, emit
from hospes.core.facts import About, LazyFacts
from hospes.routing import events, tiers
from hospes.routing.models import EscalationPolicy, EscalationRun
from hospes.routing.operations.escalation_moves import Why, to_a_team, to_person, waited
from hospes.routing.queries.escalation import active_policies, on_call_people, team_facts
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import ids_after, locking

CHAIN = Actor(kind="system", name="Hospes", via="rule")
BATCH = 50


@transaction.atomic
def consider_chain(*, ticket_id: int, now: datetime, cause_id: int | None = None, depth: int = 0) -> None:
    """Bring a ticket's chain in line with the ticket: begin one when its customer waits, stop it when they do not,
    and change to another policy's while no step was taken. Idempotent."""
    ticket = locking().filter(pk=ticket_id).first()
    if ticket is None:
        return
    run = EscalationRun.objects.select_for_update().filter(ticket=ticket, running=True).first()
    waits = tiers.waits(active=ticket.active, category=ticket.category, waiting_since=ticket.waiting_since)
    if run is not None and (not waits or run.waiting_since != ticket.waiting_since):
        _end(run, "answered" if ticket.active else "closed", now=now)
        run = None
    if not waits or (run is not None and run.step) or _was_taken(ticket):
        return
    policy = policy_for(ticket, now=now)
    if run is not None and (policy is None or policy.pk != run.policy_id):
        _end(run, "policy", now=now)
        run = None
    if policy is not None and run is None and ticket.waiting_since is not None:
        anchored_at = min(ticket.waiting_since, now)
        EscalationRun.objects.create(
            ticket=ticket,
            policy=policy,
            waiting_since=ticket.waiting_since,
            started_at=now,
            anchored_at=anchored_at,
            next_at=tiers.next_due(tiers.steps_of(policy.steps), taken=0, anchored_at=anchored_at),
            cause_id=cause_id,
            depth=depth,
        )


def _was_taken(ticket: Ticket) -> bool:
    """Whether somebody said of this very wait that they have it."""
    last = EscalationRun.objects.filter(ticket=ticket).order_by("-id").first()
    return last is not None and last.ended_by == "taken" and last.waiting_since == ticket.waiting_since


def policy_for(ticket: Ticket, *, now: datetime) -> EscalationPolicy | None:
    """The first active policy whose conditions hold."""
    facts = LazyFacts(About(now=now, ticket=ticket))
    return next((p for p in active_policies() if matches(p.conditions, facts, now=now)), None)


def _end(run: EscalationRun, by: str, *, now: datetime) -> None:
    run.running, run.ended_at, run.ended_by, run.next_at = False, now, by, None
    run.save(update_fields=["running", "ended_at", "ended_by", "next_at"])


def stop_chain(ticket: Ticket, *, by: str, now: datetime) -> bool:
    """Stop a ticket's chain, under the ticket's lock; whether there was one."""
    run = EscalationRun.objects.select_for_update().filter(ticket=ticket, running=True).first()
    if run is not None:
        _end(run, by, now=now)
    return run is not None


@transaction.atomic
def hasten_chain(*, ticket_id: int, now: datetime) -> bool:
    """A service level was missed: the next step is due at once, where the policy says so."""
    consider_chain(ticket_id=ticket_id, now=now)
    locking().filter(pk=ticket_id).first()
    run = EscalationRun.objects.select_for_update().filter(ticket_id=ticket_id, running=True).first()
    if run is None or run.next_at is None or not run.policy.on_breach:
        return False
    run.next_at, run.breached = min(run.next_at, now), True
    run.save(update_fields=["next_at", "breached"])
    return True


def take_steps(*, now: datetime, limit: int = BATCH) -> int:
    """One batch of chains whose next step is due; returns how many were looked at."""
    _mend_jumped(now=now)
    due = EscalationRun.objects.filter(running=True, next_at__lte=now).order_by("next_at", "id")
    return sum(_take_step(pk, ticket_id, now=now) for pk, ticket_id in list(due.values_list("pk", "ticket_id")[:limit]))


def _mend_jumped(*, now: datetime) -> None:
    """Timers that count from a moment still to come (the clock was put back) count from now instead, so that nobody
    waits longer for it."""
    for run in EscalationRun.objects.filter(running=True, anchored_at__gt=now + tiers.JUMP).order_by("anchored_at")[
        :BATCH
    ]:
        due = tiers.next_due(tiers.steps_of(run.policy.steps), taken=run.step, anchored_at=now)
        EscalationRun.objects.filter(pk=run.pk, step=run.step, running=True).update(anchored_at=now, next_at=due)


@transaction.atomic
def _take_step(run_id: int, ticket_id: int, *, now: datetime) -> int:
    ticket = locking().filter(pk=ticket_id).first()
    run = EscalationRun.objects.select_for_update().filter(pk=run_id, running=True, next_at__lte=now).first()
    if run is None or ticket is None:  # another worker was here while we waited for the lock
        return 0
    waits = tiers.waits(active=ticket.active, category=ticket.category, waiting_since=ticket.waiting_since)
    if not waits or ticket.waiting_since != run.waiting_since:
        _end(run, "answered", now=now)
        return 1
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        run.next_at = ticket.snoozed_until
        run.save(update_fields=["next_at"])
        return 1
    steps = tiers.steps_of(run.policy.steps)
    if run.step >= len(steps):  # the policy has fewer steps than when it began
        run.next_at = None
        run.save(update_fields=["next_at"])
        return 1
    with because_of(run.cause_id, run.depth) if run.cause_id else _nothing():
        taken = _do(run, ticket, steps[run.step], now=now)
    run.step += 1
    run.breached = False
    run.anchored_at = now
    run.next_at = tiers.next_due(steps, taken=run.step, anchored_at=now)
    if not taken and run.next_at is not None:  # nobody is there at this step: the customer does not wait for it
        run.next_at = now
    run.save()
    return 1


def _nothing() -> AbstractContextManager[None]:
    return nullcontext()


def _do(run: EscalationRun, ticket: Ticket, step: tiers.Step, *, now: datetime) -> bool:
    """Take one step; False when nobody is there to take it to."""
    if tiers.is_there_already(step, tier=ticket.tier):
        return True
    why = Why(
        reason="breach" if run.breached else "waited",
        policy=run.policy,
        step=run.step + 1,
        waited_seconds=waited(ticket, now),
        promised_until=ticket.promised_at,
        tell=run.policy.tell_customer,
    )
    if step.to == "tier":
        teams = team_facts()
        current = next((team for team in teams if team.id == ticket.team_id), None)
        team_id = tiers.target_team(teams, current=current, tier=step.tier)
        if team_id is None:
            return _skip(run, ticket, "no-team", step, now=now)
        to_a_team(ticket, Team.objects.get(pk=team_id), why, actor=CHAIN, now=now)
        return True
    people = on_call_people(now)
    agent_id = tiers.asked_next([one.agent_id for one in people], asked=run.asked)
    if agent_id is None:
        return _skip(run, ticket, "nobody-on-call", step, now=now)
    run.asked = [*run.asked, agent_id]
    to_person(ticket, Agent.objects.get(pk=agent_id), why, actor=CHAIN, now=now, rank=step.rank)
    return True


def _skip(run: EscalationRun, ticket: Ticket, why: str, step: tiers.Step, *, now: datetime) -> bool:
    skipped = events.EscalationSkipped(
        **ids_after(ticket), why=why, policy=run.policy.name, step=run.step + 1, tier=step.tier
    )
    emit(skipped, actor=CHAIN, now=now)
    return False


def forget_old_runs(*, now: datetime, days: int = 90) -> int:
    """Drop ended runs of long ago: what happened stands in the events."""
    gone, _tables = EscalationRun.objects.filter(running=False, ended_at__lt=now - timedelta(days=days)).delete()
    return gone
