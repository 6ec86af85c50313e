"""Splitting: a new ticket from one message of another."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets import events
from hospes.tickets.models import Message, Participant, Ticket, TicketLink
from hospes.tickets.operations.base import (
    attach,
    builtin_status,
    copies,
    count_message,
    ids_after,
    index_message,
    join,
    lock_ticket,
    new_number,
)


@transaction.atomic
def split_ticket(*, message: Message, subject: str, actor: Actor, now: datetime) -> Ticket:
    """Start a new ticket of the same customer with a copy of one message; the two are linked."""
    source = lock_ticket(message.ticket, actor, right="ticket.merge")
    if not Message.objects.filter(pk=message.pk, ticket=source).exists():
        raise NotFound  # it was moved to another ticket meanwhile
    if message.kind != Message.Kind.INCOMING:
        raise InvalidInput(_("Split off a message from the customer."), field="message")
    ticket = Ticket.objects.create(
        number=new_number(),
        subject=(" ".join(storable(subject).split()) or source.subject)[:500],
        status=builtin_status("new"),
        category="new",
        priority=source.priority,
        team_id=source.team_id,
        assignee_id=source.assignee_id if source.assignee_id == actor.id and actor.kind == "agent" else None,
        customer=source.customer,
        inbox=source.inbox,
        channel=source.channel,
        language=source.language,
        created_at=now,
        updated_at=now,
        split_from=source,
    )
    for place in Participant.objects.filter(ticket=source, removed_at=None, kind="requester"):
        join(ticket, address=place.address, name=place.name, kind="requester", customer=place.customer)
    copy = _copy_message(message, ticket)
    attach(copy, copies(message), now=now)
    index_message(copy, ticket)
    count_message(ticket, copy, now=now, from_customer=True)
    ticket.waiting_since = message.created_at
    ticket.save()
    TicketLink.objects.create(ticket=ticket, other=source, kind="split")
    emit(
        events.TicketCreated(
            **ids_after(ticket), number=ticket.number, customer_id=ticket.customer_id, channel=ticket.channel
        ),
        events.TicketSplit(**ids_after(source), new_id=ticket.pk, new_number=ticket.number),
        actor=actor,
        now=now,
    )
    return ticket


def _copy_message(message: Message, ticket: Ticket) -> Message:
    # The raw original and the channel's id stay with the first copy: replies to it belong to the first ticket.
    copy = Message(
        ticket=ticket,
        kind=message.kind,
        channel=message.channel,
        customer=message.customer,
        author_name=message.author_name,
        author_address=message.author_address,
        subject=ticket.subject,
        text=message.text,
        html=message.html,
        quoted=message.quoted,
        signature=message.signature,
        to=message.to,
        cc=message.cc,
        flags=message.flags,
        created_at=message.created_at,
    )
    copy.save(force_insert=True)
    return copy
