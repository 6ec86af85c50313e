"""What workflows do because of what happened: runs that waited for the customer's answer go on with it."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets.events import MessageReceived
from hospes.workflows import operations


@subscribe(MessageReceived)
def go_on_with_answer(happened: Happened) -> None:
    """A message of a person came in on a ticket."""
    event = happened.event
    assert isinstance(event, MessageReceived)
    if not event.automatic:
        operations.answer_arrived(ticket_id=event.ticket_id, message_id=event.message_id, now=now())
