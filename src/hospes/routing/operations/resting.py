"""A talk that its customer ended frees its owner's hands; when they write again it takes them up again."""

from datetime import datetime

from django.db import transaction

from hospes.routing.models import RoutingEntry
from hospes.routing.operations.nudges import nudge_tickets
from hospes.tickets.operations.base import locking


@transaction.atomic
def let_rest(*, ticket_id: int, now: datetime) -> None:
    """The customer has ended the talk on this ticket."""
    _set(ticket_id, resting=True, now=now)


@transaction.atomic
def take_up(*, ticket_id: int, now: datetime) -> None:
    """The customer writes again."""
    _set(ticket_id, resting=False, now=now)


def _set(ticket_id: int, *, resting: bool, now: datetime) -> None:
    found = RoutingEntry.objects.filter(pk=ticket_id, resting=not resting)
    if not found.exists() or locking().filter(pk=ticket_id).first() is None:  # most tickets never rest: no lock
        return
    if found.update(resting=resting):
        nudge_tickets([ticket_id], now=now)
