"""When a ticket is due: written by the service levels above, read by lists, and promised to the customer."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from hospes.tickets.models import Ticket

# Called before a promise is told to a customer, so that it is the one that holds: with the ticket's id and the time.
BEFORE_PROMISING: list[Callable[[int, datetime], None]] = []


@transaction.atomic
def set_due_times(
    *,
    ticket_id: int,
    first_response: datetime | None,
    next_response: datetime | None,
    resolution: datetime | None,
    promised_at: datetime | None = None,
) -> None:
    """Keep a ticket's due times in step with its clocks. Nothing else of it changes, and no version: nobody's edit
    is refused because a clock went on. `promised_at` None leaves the promise as it is."""
    ahead = [at for at in (first_response, next_response, resolution) if at is not None]
    values = {
        "first_response_due_at": first_response,
        "next_response_due_at": next_response,
        "resolution_due_at": resolution,
        "due_at": min(ahead, default=None),
    }
    if promised_at is not None:
        values["promised_at"] = promised_at
    Ticket.objects.filter(pk=ticket_id).update(**values)


def settle_promise(*, ticket_id: int, now: datetime) -> datetime | None:
    """Have the service levels look at a ticket before its promise is told; returns what is promised."""
    for look in BEFORE_PROMISING:
        look(ticket_id, now)
    return Ticket.objects.filter(pk=ticket_id).values_list("promised_at", flat=True).first()
