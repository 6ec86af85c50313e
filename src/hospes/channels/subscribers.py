"""What channels do because of what happened on tickets."""

from hospes.channels import operations, telling
from hospes.channels.chat import subscribers as chat_subscribers
from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets.events import MessagesSeen, ReplyQueued

__all__ = ["ask_seen", "chat_subscribers", "queue_delivery"]


@subscribe(MessagesSeen)
def ask_seen(happened: Happened) -> None:
    """The customer is to know that their words were read."""
    event = happened.event
    assert isinstance(event, MessagesSeen)
    telling.ask_seen(message_id=event.message_id, now=now())


@subscribe(ReplyQueued)
def queue_delivery(happened: Happened) -> None:
    """A reply is to be sent."""
    event = happened.event
    assert isinstance(event, ReplyQueued)
    operations.queue_delivery(message_id=event.message_id, now=now())
