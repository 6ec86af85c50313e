"""What the routing worker does when it is woken: nudges first, then timers. Several may run at once."""

import logging
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from hospes.core.events import because_of
from hospes.routing.models import Nudge, RoutingEntry
from hospes.routing.operations.looking import look_at_ticket
from hospes.routing.operations.nudges import put_off
from hospes.routing.operations.pulling import look_at_agent

log = logging.getLogger(__name__)
# What was written "in the future" by more than this was written before the clock was set back: it counts as due.
CLOCK_JUMP: Final = timedelta(minutes=1)


def work_through(*, now: datetime, limit: int = 50) -> int:
    """One batch; returns how many nudges and timers were handled."""
    done = 0
    while done < limit and _one_nudge(now=now):
        done += 1
    return done + _timers(now=now, limit=limit - done)


def _one_nudge(*, now: datetime) -> bool:
    """The next nudge that no other worker holds. Its look is one transaction with its deletion: a crash loses
    nothing, and a fault puts it off without stopping the others."""
    nudge: Nudge | None = None
    try:
        with transaction.atomic():
            nudge = (
                Nudge.objects.select_for_update(skip_locked=True)
                .filter(Q(at__lte=now) | Q(made_at__gt=now + CLOCK_JUMP, attempts=0))
                .order_by("at", "id")
                .first()
            )
            if nudge is None:
                return False
            if nudge.ticket_id is not None:
                with _because(nudge):
                    look_at_ticket(nudge.ticket_id, now=now)
                Nudge.objects.filter(pk=nudge.pk).delete()
        if nudge.agent_id is not None:
            _agent_nudge(nudge, now=now)
    except Exception as error:  # a fault with one ticket must not stop the others
        log.exception("Routing failed on %s", nudge)
        if nudge is None:
            raise
        put_off(nudge, error, now=now)
    return True


def _because(nudge: Nudge) -> AbstractContextManager[None]:
    """What routing does goes on because of what made it look, so that a guard against loops can count."""
    return nullcontext() if nudge.cause_id is None else because_of(nudge.cause_id, nudge.depth)


def _agent_nudge(nudge: Nudge, *, now: datetime) -> None:
    """Giving an agent what waits is many transactions, one for each ticket; the nudge is kept until all is done."""
    if not Nudge.objects.filter(pk=nudge.pk, at=nudge.at).update(at=now + timedelta(seconds=30)):
        return  # another worker has taken it in between
    with _because(nudge):
        look_at_agent(nudge.agent_id or 0, now=now)
    Nudge.objects.filter(pk=nudge.pk).delete()


def _timers(*, now: datetime, limit: int) -> int:
    due = list(
        RoutingEntry.objects.filter(Q(next_at__lte=now) | Q(next_at__isnull=False, looked_at__gt=now + CLOCK_JUMP))
        .order_by("next_at")
        .values_list("ticket_id", flat=True)[: max(0, limit)]
    )
    for ticket_id in due:
        try:
            look_at_ticket(ticket_id, now=now)
        except Exception:
            log.exception("Routing failed on ticket %s", ticket_id)
            RoutingEntry.objects.filter(pk=ticket_id).update(next_at=now + timedelta(minutes=1), looked_at=now)
    return len(due)
