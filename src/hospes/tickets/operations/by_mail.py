"""What was answered in a channel that the customer has left goes by mail as well, once, and can be answered by mail."""

from datetime import datetime

from django.db import transaction

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.models import Inbox, Message, Participant, Ticket
from hospes.tickets.operations.base import ids_after, index_message, join, locking
from hospes.tickets.operations.write import outgoing


@transaction.atomic
def mail_copy(
    *,
    ticket: Ticket,
    inbox: Inbox,
    address: str,
    name: str,
    subject: str,
    text: str,
    html: str,
    since_message_id: int,
    actor: Actor,
    now: datetime,
) -> Message:
    """Send words that were said elsewhere by mail to one address. Whoever reads there takes part from
    `since_message_id` on, so that their answer lands on this ticket; the mail says nothing that is older.

    It counts as automatic: nobody was answered by it, and machines do not answer it.
    """
    ticket = locking().get(pk=ticket.pk)
    join(ticket, address=address, name=name, kind=Participant.Kind.CC, customer=None, since=since_message_id)
    message = outgoing(ticket, actor, Message.Kind.REPLY, html=html, text=text, now=now, undo_seconds=0)
    message.inbox, message.channel = inbox, "email"
    message.author_address = inbox.address[:320]
    message.automatic = True
    message.subject = " ".join(subject.split())[:500]
    message.to = [{"name": name[:200], "address": address}]
    message.extra = {"copy_for": email_key(address)}
    message.save(force_insert=True)
    index_message(message, ticket)
    ticket.message_count += 1
    ticket.version += 1
    ticket.save(update_fields=["message_count", "version"])
    emit(
        events.ReplyQueued(**ids_after(ticket), message_id=message.pk, automatic=True),
        actor=actor,
        now=now,
    )
    return message
