"""Messages that come in beside the talk with the customer: delivery reports, and answers of outsiders."""

from collections.abc import Sequence
from datetime import datetime

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.customers import operations as customer_operations
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.models import Inbox, Message, SideConversation
from hospes.tickets.operations.arriving import Received, make_message
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    count_message,
    ids_after,
    index_message,
    lock_where_it_went,
)
from hospes.tickets.operations.delivery import mark_bounced


def take_bounce(
    incoming: IncomingMessage, inbox: Inbox, source_id: int | None, files: Sequence[StoredFile], now: datetime
) -> Received | None:
    """A delivery report goes onto the ticket of the mail that came back; it wakes the agent, not the customer."""
    bounce = incoming.bounce
    assert bounce is not None
    ids = [i for i in (bounce.original_message_id, incoming.in_reply_to, *incoming.references) if i]
    original = (
        Message.objects.filter(external_id__in=ids, kind__in=["reply", "side_out"]).select_related("ticket").first()
    )
    if original is None:
        return None
    ticket = lock_where_it_went(original.ticket_id)
    message = make_message(ticket, incoming, source_id, now, channel="email", inbox=inbox)
    message.side_id = original.side_id
    if original.side_id:
        message.kind = Message.Kind.SIDE_IN
    message.save(force_insert=True)
    attach(message, files, now=now)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=False)
    ticket.save()
    actor = Actor(kind="system", name=incoming.sender.address, via="mail")
    emit(
        events.MessageReceived(**ids_after(ticket), message_id=message.pk, automatic=True),
        actor=actor,
        now=now,
    )
    if bounce.permanent:
        words = f"{bounce.status} {bounce.diagnostic}".strip()
        mark_bounced(message=original, words=words, actor=actor, now=now)
        # Only those whom we wrote to: anybody can make up a report about other addresses.
        written_to = {email_key(p["address"]) for p in (*original.to, *original.cc)}
        for recipient in [r for r in bounce.recipients if email_key(r) in written_to][:10]:
            customer_operations.mark_bounced(email=recipient, reason=words, actor=actor, now=now)
    return Received(message, ticket, opened=False)


def into_side(
    side: SideConversation,
    incoming: IncomingMessage,
    inbox: Inbox,
    source_id: int | None,
    files: Sequence[StoredFile],
    now: datetime,
    actor: Actor,
) -> Received:
    ticket = lock_where_it_went(side.ticket_id)
    message = make_message(ticket, incoming, source_id, now, channel=inbox.kind, inbox=inbox)
    message.kind = Message.Kind.SIDE_IN
    message.side = side
    message.save(force_insert=True)
    attach(message, files, now=now)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=False)
    ticket.snoozed_until = None
    ticket.save()
    emit(
        events.MessageReceived(**ids_after(ticket), message_id=message.pk, automatic=incoming.automatic),
        actor=actor,
        now=now,
    )
    return Received(message, ticket, opened=False)
