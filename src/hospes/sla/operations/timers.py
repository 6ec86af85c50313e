"""Timers: warn before a clock is due, say when it was not met. Each once, whoever looks and whenever."""

from datetime import datetime

from django.db import transaction

from hospes.sla.models import Clock
from hospes.sla.operations.clocks import OPEN
from hospes.sla.operations.following import catch_up, lock


def due_tickets(*, now: datetime, limit: int) -> list[int]:
    """Tickets with a clock that a timer must look at, the most urgent first; the work grows with what is due, not
    with what is open."""
    found = Clock.objects.filter(next_at__lte=now).order_by("next_at", "id").values_list("ticket_id", flat=True)
    return list(dict.fromkeys(found[:limit]))


def ring(*, now: datetime, limit: int = 200) -> int:
    """Look at the clocks that are due; returns how many tickets were looked at. Any number of workers may do this:
    a ticket that another one holds is left to it."""
    return sum(1 for ticket_id in due_tickets(now=now, limit=limit) if ring_ticket(ticket_id=ticket_id, now=now))


@transaction.atomic
def ring_ticket(*, ticket_id: int, now: datetime) -> bool:
    """Warn or breach for one ticket, after what happened to it up to now has been followed: an answer that was given
    in time counts, also when the news of it was slow. A worker that was away says a breach, and not the warning that
    should have come before it."""
    bench = lock(ticket_id=ticket_id, now=now, waiting=False)
    if bench is None:
        return False
    catch_up(bench)
    for clock in bench.clocks:
        if clock.state not in OPEN or clock.next_at is None or clock.next_at > now:
            continue
        if clock.due_at is not None and clock.due_at <= now and clock.breached_at is None:
            bench.breach(clock)
        elif clock.warned_at is None:
            bench.warn(clock)
        bench.plan(clock)
    bench.save()
    return True
