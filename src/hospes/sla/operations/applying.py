"""Applying an edit to tickets that are open already: asked for explicitly, done in the background, bit by bit."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.sla import events
from hospes.sla.models import Application, Calendar, Policy
from hospes.sla.operations.clocks import Bench
from hospes.sla.operations.following import catch_up, lock, rematch
from hospes.sla.operations.setup import RIGHT
from hospes.tickets.queries import followed

BATCH = 50


@transaction.atomic
def apply_to_open(
    *, actor: Actor, now: datetime, policy: Policy | None = None, calendar: Calendar | None = None
) -> Application:
    """Have all open tickets looked at anew: each comes under the policy that fits it now, as it is now. Time that was
    used stays used."""
    actor.require(RIGHT)
    thing = policy or calendar
    label = thing.name if thing else ""
    kept = Application.objects.create(
        policy=policy, calendar=calendar, label=label, total=followed.count_open(), started_at=now,
        by_name=actor.name[:200],
    )  # fmt: skip
    emit(
        events.ServiceLevelsChanged(
            thing="calendar" if calendar else "policy", thing_id=thing.pk if thing else 0, what="applied", label=label
        ),
        actor=actor,
        now=now,
    )
    return kept


def work_through(*, now: datetime, limit: int = BATCH) -> int:
    """A bit of the oldest application that is not done; returns how many tickets were looked at. Each ticket is done
    in its own transaction, so that nobody waits for us, and how far we came is kept after each."""
    kept = Application.objects.filter(done_at=None).order_by("id").first()
    if kept is None:
        return 0
    tickets = followed.open_ticket_ids(kept.last_ticket_id, limit=limit)
    for ticket_id in tickets:
        _apply_to(kept, ticket_id, now=now)
    if len(tickets) < limit:
        Application.objects.filter(pk=kept.pk, done_at=None).update(done_at=now)
    return len(tickets)


@transaction.atomic
def follow_past(*, ticket_id: int, now: datetime) -> None:
    """Give a ticket the clocks that it would have had, without a word about what is over: for what was there before
    there were policies, and for what is brought in from elsewhere."""
    bench = lock(ticket_id=ticket_id, now=now, quiet=True)
    if bench is not None:
        catch_up(bench)
        _note_late(bench)
        bench.save()


def _note_late(bench: Bench) -> None:
    for clock in bench.open():
        if clock.due_at is not None and clock.due_at <= bench.now and clock.breached_at is None:
            bench.breach(clock)


@transaction.atomic
def _apply_to(kept: Application, ticket_id: int, *, now: datetime) -> None:
    """One ticket. A clock that it never had begins in the past, so what is over already is noted, not announced."""
    bench = lock(ticket_id=ticket_id, now=now)
    changed = False
    if bench is not None:
        new = bench.following.event_id == 0
        bench.quiet = new
        bench.by_name = kept.by_name
        catch_up(bench)
        changed = rematch(bench, now, reason="applied", words=kept.label, newest=True) or new
        if new:
            _note_late(bench)
        bench.save()
    further = Application.objects.filter(pk=kept.pk, last_ticket_id__lt=ticket_id)
    further.update(last_ticket_id=ticket_id, looked_at=F("looked_at") + 1, changed=F("changed") + int(changed))
