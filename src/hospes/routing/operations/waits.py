"""The wait in a queue as a service level: chats and calls wait in the sense of the measure, mail does not."""

from datetime import datetime
from typing import Final

from hospes.sla import operations as sla
from hospes.tickets.models import Ticket
from hospes.tickets.ways import waits_live

KIND: Final = "queue_wait"


def _waits_live(ticket_id: int) -> bool:
    channel = Ticket.objects.filter(pk=ticket_id).values_list("channel", flat=True).first()
    return channel is not None and waits_live(channel)


def begin_wait(*, ticket_id: int, now: datetime) -> None:
    """Somebody joined a queue and waits for a person."""
    if _waits_live(ticket_id):
        sla.start_clock(ticket_id=ticket_id, kind=KIND, now=now)


def end_wait(*, ticket_id: int, now: datetime, met: bool) -> None:
    """A person has them now, or (not `met`) they left before."""
    if _waits_live(ticket_id):
        sla.stop_clock(ticket_id=ticket_id, kind=KIND, now=now, met=met)
