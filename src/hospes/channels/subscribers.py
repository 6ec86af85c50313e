"""What channels do because of what happened on tickets."""

from hospes.channels import operations
from hospes.channels.chat import subscribers as chat_subscribers
from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets.events import ReplyQueued

__all__ = ["chat_subscribers", "queue_delivery"]


@subscribe(ReplyQueued)
def queue_delivery(happened: Happened) -> None:
    """A reply is to be sent."""
    event = happened.event
    assert isinstance(event, ReplyQueued)
    operations.queue_delivery(message_id=event.message_id, now=now())
