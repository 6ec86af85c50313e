"""How far an outgoing message has come, as the channel tells it."""

from datetime import datetime

from django.db import transaction

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets import events
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket


@transaction.atomic
def mark_delivery(*, message_id: int, state: str, actor: Actor, now: datetime, words: str = "") -> None:
    """Set queued, sent, failed or bounced with the server's words. A bounce is final; a repeat is silent."""
    words = storable(words)[:1000]
    # No join: a message that is moved to another ticket while we wait must not look as if it were gone.
    message = Message.objects.select_for_update(no_key=True).filter(pk=message_id).first()
    if message is None or (message.delivery, message.delivery_words) == (state, words):
        return
    if message.delivery == Message.Delivery.BOUNCED:
        return
    message.delivery = state
    message.delivery_words = words
    if state == Message.Delivery.SENT:
        message.sent_at = now
        message.undo = {}
    message.save(update_fields=["delivery", "delivery_words", "sent_at", "undo"])
    _tell(message, state, words, actor, now)


@transaction.atomic
def mark_bounced(*, message: Message, words: str, actor: Actor, now: datetime) -> None:
    """A sent message came back for good."""
    words = storable(words)
    Message.objects.filter(pk=message.pk).update(delivery=Message.Delivery.BOUNCED, delivery_words=words[:1000])
    _tell(message, Message.Delivery.BOUNCED, words, actor, now)


def _tell(message: Message, state: str, words: str, actor: Actor, now: datetime) -> None:
    ticket: Ticket = message.ticket
    emit(
        events.DeliveryChanged(**ids_after(ticket), message_id=message.pk, state=state, words=words[:300]),
        actor=actor,
        now=now,
    )


@transaction.atomic
def retry_delivery(*, message: Message, actor: Actor, now: datetime) -> Message:
    """Send a failed or bounced message again, under the same Message-ID."""
    ticket = lock_ticket(message.ticket, actor, right="ticket.reply")
    message = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if message.delivery in {Message.Delivery.FAILED, Message.Delivery.BOUNCED}:
        message.delivery = Message.Delivery.QUEUED
        message.delivery_words = ""
        message.send_after = now
        message.save(update_fields=["delivery", "delivery_words", "send_after"])
        emit(
            events.ReplyQueued(**ids_after(ticket), message_id=message.pk, automatic=message.automatic),
            actor=actor,
            now=now,
        )
    return message
