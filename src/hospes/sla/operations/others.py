"""Clocks of a wait in a queue, a call back, a work order: other rooms start and stop them."""

from datetime import datetime

from django.db import transaction

from hospes.sla import queries
from hospes.sla.models import Clock
from hospes.sla.operations.following import catch_up, lock


@transaction.atomic
def start_clock(*, ticket_id: int, kind: str, ref: str = "", now: datetime) -> Clock | None:
    """Start a clock of this kind for something of a ticket (`ref` tells two of a kind apart), if its policy promises
    anything; one that runs already is given back."""
    if not queries.book_number():
        return None
    bench = lock(ticket_id=ticket_id, now=now)
    if bench is None:
        return None
    catch_up(bench)
    clock = next(iter(bench.open(kind, ref=ref)), None) or bench.start(kind, now, ref=ref)
    bench.save()
    return clock


@transaction.atomic
def stop_clock(*, ticket_id: int, kind: str, ref: str = "", now: datetime, met: bool = True, why: str = "") -> None:
    """It is done, or (not `met`) no longer wanted. Nothing happens when no such clock runs."""
    bench = lock(ticket_id=ticket_id, now=now)
    if bench is None:
        return
    for clock in bench.open(kind, ref=ref):
        if met:
            bench.meet(clock, now)
        else:
            bench.end(clock, now, reason="not-wanted", words=why)
    bench.save()
