"""What the chat does because of what happened on tickets."""

from hospes.channels.chat import continued, reading
from hospes.channels.chat.events import ChatEnded
from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets.events import ReplyQueued


@subscribe(ReplyQueued)
def look_whether_it_is_read(happened: Happened) -> None:
    """An answer in a chat may have to go by mail as well."""
    event = happened.event
    assert isinstance(event, ReplyQueued)
    if not event.automatic:
        continued.note_answered(message_id=event.message_id, now=now())


@subscribe(ChatEnded, first=True)
def free_their_hands(happened: Happened) -> None:
    """A talk that its visitor ended makes room for the next one who waits."""
    assert isinstance(happened.event, ChatEnded)
    reading.let_rest(ticket_id=happened.event.ticket_id, now=now())
