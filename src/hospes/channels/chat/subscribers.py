"""What the chat does because of what happened on tickets."""

from hospes.channels.chat import continued
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
