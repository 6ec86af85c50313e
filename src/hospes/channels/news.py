"""What channels tell of messages that are there already: delivered, read, failed, edited, taken back, reactions."""

from datetime import datetime

from hospes.channels import operations
from hospes.channels.adapter import News
from hospes.channels.models import SentPart
from hospes.core.actors import SYSTEM
from hospes.customers import joining
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Message


def take(news: News, *, inbox: Inbox, now: datetime) -> bool:
    """Note it; False when its message is not known (yet). The same news again changes nothing."""
    if news.kind in {"opted_out", "opted_in"}:
        operations.note_opt_out(inbox=inbox, address=news.sender, out=news.kind == "opted_out", now=now)
        return True
    if news.kind == "moved":
        joining.note_moved(value=news.sender, new=news.text, now=now)
        return True
    if news.kind == "elsewhere":
        _elsewhere(news, inbox, now)
        return True
    if news.kind == "read" and not news.message_id:
        tickets.note_read_until(
            inbox=inbox, thread_key=news.thread_key, address=news.sender, until=news.until or news.at or now, now=now
        )
        return True
    message = _message(news, inbox)
    if message is None:
        return False
    at = news.at or now
    if news.kind == "failed":
        operations.note_failed(message=message, words=news.words, permanent=news.permanent, now=now)
    elif news.kind in {"delivered", "read"}:
        tickets.note_receipt(message=message, what=news.kind, at=at, now=now)
    elif news.kind == "reaction":
        tickets.note_reaction(message=message, who=news.sender, emoji=news.text, now=now, actor=SYSTEM)
    elif news.kind == "edited":
        tickets.note_edited(message=message, text=news.text, at=at, now=now)
    else:
        tickets.note_withdrawn(message=message, at=at, now=now)
    return True


def _elsewhere(news: News, inbox: Inbox, now: datetime) -> None:
    """Somebody answered by another program; what we sent ourselves is told in the same way and is there already."""
    if SentPart.objects.filter(inbox=inbox, provider_id=news.message_id).exists():
        return
    message = tickets.note_answered_elsewhere(
        inbox=inbox, address=news.sender, thread_key=news.thread_key, text=news.text, at=news.at or now, now=now
    )
    if message is not None and news.message_id:
        SentPart.objects.create(inbox=inbox, provider_id=news.message_id[:200], message=message, at=now)


def _message(news: News, inbox: Inbox) -> Message | None:
    """Ours by the provider's id, else the customer's by the channel's."""
    part = SentPart.objects.filter(inbox=inbox, provider_id=news.message_id).select_related("message__ticket").first()
    if part is not None:
        return part.message
    said = Message.objects.filter(inbox=inbox, external_id=news.message_id).select_related("ticket")
    return said.order_by("-id").first()
