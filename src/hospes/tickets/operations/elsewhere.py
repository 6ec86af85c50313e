"""Answers that somebody of ours gave by another program: kept on the ticket, so that nobody answers twice."""

from datetime import datetime, timedelta

from django.db import transaction

from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets import events
from hospes.tickets.models import Inbox, Message
from hospes.tickets.operations.base import count_message, ids_after, index_message, lock_where_it_went

JUST_NOW = timedelta(minutes=10)


@transaction.atomic
def note_answered_elsewhere(
    *, inbox: Inbox, address: str, thread_key: str, text: str, at: datetime, now: datetime
) -> Message | None:
    """Keep words that were sent to this person by another program as a reply, on the ticket of their talk; None when
    there is none, or when they are our own message that the provider echoes while we are still sending it."""
    text = storable(text).strip()
    talk = Message.objects.filter(inbox=inbox, thread_key=thread_key).order_by("-id")
    ticket_id = talk.values_list("ticket_id", flat=True).first()
    if not text or not thread_key or ticket_id is None:
        return None
    ticket = lock_where_it_went(ticket_id)
    ours = talk.filter(ticket_id=ticket.pk, kind=Message.Kind.REPLY, created_at__gt=now - JUST_NOW)
    if any(_same(text, sent) for sent in ours.values_list("text", flat=True)[:20]):
        return None
    message = Message(
        ticket=ticket,
        kind=Message.Kind.REPLY,
        channel=inbox.kind,
        inbox=inbox,
        thread_key=thread_key,
        author_name=inbox.name[:200],
        author_address=inbox.address[:320],
        text=text,
        to=[{"name": "", "address": address}],
        created_at=now,
        delivery=Message.Delivery.SENT,
        sent_at=at,
        extra={"elsewhere": True},
    )
    message.save(force_insert=True)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=False)
    ticket.first_response_at = ticket.first_response_at or at
    ticket.waiting_since = None
    ticket.save()
    # Whoever waits for an answer hears that there is one; it is sent already, so nothing goes out again.
    emit(events.ReplyQueued(**ids_after(ticket), message_id=message.pk, automatic=False), actor=SYSTEM, now=now)
    return message


def _same(echo: str, sent: str) -> bool:
    """Whether an echo is this message, or a part of it when it was too long for one."""
    echo, sent = " ".join(echo.split()), " ".join(sent.split())
    return echo == sent or (len(echo) > 200 and echo in sent)
