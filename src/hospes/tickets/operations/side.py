"""Side conversations: writing to an outsider inside a ticket, unseen by the customer."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.models import Draft, Message, SideConversation, Ticket
from hospes.tickets.operations.addresses import check_addresses
from hospes.tickets.operations.base import attach, copies, ids_after, index_message, lock_ticket, take_uploads
from hospes.tickets.operations.write import body_of, outgoing


@transaction.atomic
def start_side_conversation(
    *,
    ticket: Ticket,
    to: str,
    subject: str,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    include_message: Message | None = None,
    side: SideConversation | None = None,
    undo_seconds: int = 0,
    from_draft: bool = True,
) -> Message:
    """Write to an outsider inside the ticket (or go on with `side`); forwards `include_message` when given. What the
    agent has drafted for an outsider is done with, unless this was written elsewhere (`from_draft` False).

    Raises InvalidInput, NotAllowed, NotFound.
    """
    ticket = lock_ticket(ticket, actor, right="ticket.forward")
    if ticket.merged_into_id:
        raise InvalidInput(_("This ticket was merged. Answer on the one it was merged into."), field="ticket")
    html, text = body_of(html, text or (include_message.text if include_message else ""))
    if include_message is not None and include_message.ticket_id != ticket.pk:
        raise InvalidInput(_("Forward a message of this ticket."), field="include_message")
    if side is None:
        side = _new_side(ticket, to, subject, now)
    elif side.ticket_id != ticket.pk and not Message.objects.filter(ticket=ticket, side=side).exists():
        raise NotFound
    message = outgoing(ticket, actor, Message.Kind.SIDE_OUT, html=html, text=text, now=now, undo_seconds=undo_seconds)
    message.side = side
    message.subject = side.subject
    message.to = [{"name": side.name, "address": side.address}]
    said = Message.objects.filter(side=side).exclude(external_id="").order_by("-id")
    chain = list(said.values_list("external_id", flat=True)[:20])[::-1]
    message.references = chain
    message.in_reply_to = chain[-1] if chain else ""
    if include_message is not None:
        message.quoted = include_message.text
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    if include_message is not None:
        attach(message, copies(include_message), now=now)
    index_message(message, ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.message_count += 1
    ticket.save(update_fields=["updated_at", "version", "message_count"])
    if from_draft:
        Draft.objects.filter(ticket=ticket, agent_id=actor.own_id, kind="forward").delete()
    emit(events.ReplyQueued(**ids_after(ticket), message_id=message.pk), actor=actor, now=now)
    return message


def _new_side(ticket: Ticket, to: str, subject: str, now: datetime) -> SideConversation:
    checked = check_addresses([to], field="to")
    if not checked:
        raise InvalidInput(_("Write whom it goes to."), field="to")
    return SideConversation.objects.create(
        ticket=ticket,
        subject=(" ".join(storable(subject).split()) or ticket.subject)[:500],
        address=checked[0],
        key=email_key(checked[0]),
        created_at=now,
    )
