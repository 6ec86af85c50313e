"""Tickets that belong together: merge and unmerge, split, link."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.tickets import events
from hospes.tickets.models import Attachment, Message, MessageSearch, Participant, Ticket, TicketLink
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    builtin_status,
    count_message,
    ids_after,
    index_message,
    join,
    lock_ticket,
    new_number,
)
from hospes.tickets.policies import is_active


def _lock_both(one: Ticket, other: Ticket, actor: Actor) -> tuple[Ticket, Ticket]:
    """Both rows under lock, always in order of id, so that two merges never wait for each other."""
    locked = {t.pk: lock_ticket(t, actor, right="ticket.merge") for t in sorted((one, other), key=lambda t: t.pk)}
    return locked[one.pk], locked[other.pk]


@transaction.atomic
def merge_tickets(*, ticket: Ticket, into: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Move a ticket's messages onto another; later mail to it lands there too. Each message remembers where it was."""
    if ticket.pk == into.pk:
        raise InvalidInput(_("Choose two different tickets."), field="into")
    ticket, into = _lock_both(ticket, into, actor)
    if ticket.merged_into_id or into.merged_into_id:
        raise InvalidInput(_("One of the tickets was merged already."), field="into")
    Message.objects.filter(ticket=ticket, moved_from=None).update(moved_from=ticket)
    moved = Message.objects.filter(ticket=ticket)
    MessageSearch.objects.filter(message__in=moved).update(ticket=into)
    count = moved.update(ticket=into)
    for place in Participant.objects.filter(ticket=ticket, removed_at=None):
        # Only those of the same customer see what was said before the merge.
        own = place.customer_id == into.customer_id
        since = 0 if own else (into.last_message_id or 0) + 1
        join(into, address=place.address, name=place.name, kind="cc", customer=place.customer, since=since)
    into.message_count += count
    into.updated_at = now
    into.version += 1
    into.last_message_id = Message.objects.filter(ticket=into).order_by("-id").values_list("pk", flat=True).first()
    if (
        ticket.waiting_since
        and (into.waiting_since is None or ticket.waiting_since < into.waiting_since)
        and into.active
    ):
        into.waiting_since = ticket.waiting_since
    into.save()
    ticket.merged_into = into
    ticket.active = False
    ticket.updated_at = now
    ticket.version += 1
    ticket.save()
    emit(
        events.TicketMerged(**ids_after(ticket), into_id=into.pk, into_number=into.number),
        events.TicketMerged(**ids_after(into), into_id=into.pk, into_number=ticket.number),
        actor=actor,
        now=now,
    )
    return into


@transaction.atomic
def unmerge_ticket(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Undo a merge: the messages that came from the ticket go back; what was said since stays where it was said."""
    if ticket.merged_into is None:
        raise InvalidInput(_("This ticket was not merged."), field="ticket")
    ticket, into = _lock_both(ticket, ticket.merged_into, actor)
    if ticket.merged_into_id != into.pk:
        raise InvalidInput(_("This ticket was not merged."), field="ticket")
    back = Message.objects.filter(ticket=into, moved_from=ticket)
    MessageSearch.objects.filter(message__in=back).update(ticket=ticket)
    count = back.update(ticket=ticket, moved_from=None)
    into.message_count = max(0, into.message_count - count)
    into.last_message_id = Message.objects.filter(ticket=into).order_by("-id").values_list("pk", flat=True).first()
    into.updated_at = now
    into.version += 1
    into.save()
    ticket.merged_into = None
    ticket.active = is_active(category=ticket.category, spam=ticket.spam, merged=False)
    ticket.updated_at = now
    ticket.version += 1
    ticket.save()
    emit(
        events.TicketUnmerged(**ids_after(ticket), from_id=into.pk),
        events.TicketUnmerged(**ids_after(into), from_id=ticket.pk),
        actor=actor,
        now=now,
    )
    return ticket


@transaction.atomic
def split_ticket(*, message: Message, subject: str, actor: Actor, now: datetime) -> Ticket:
    """Start a new ticket of the same customer with a copy of one message; the two are linked."""
    source = lock_ticket(message.ticket, actor, right="ticket.merge")
    if message.kind != Message.Kind.INCOMING:
        raise InvalidInput(_("Split off a message from the customer."), field="message")
    ticket = Ticket.objects.create(
        number=new_number(),
        subject=(subject.strip() or source.subject)[:500],
        status=builtin_status("new"),
        category="new",
        priority=source.priority,
        team_id=source.team_id,
        customer=source.customer,
        inbox=source.inbox,
        channel=source.channel,
        language=source.language,
        created_at=now,
        updated_at=now,
        waiting_since=now,
        split_from=source,
    )
    for place in Participant.objects.filter(ticket=source, removed_at=None, kind="requester"):
        join(ticket, address=place.address, name=place.name, kind="requester", customer=place.customer)
    copy = _copy_message(message, ticket)
    attach(copy, (_stored(a) for a in message.attachments.all()), now=now)
    index_message(copy, ticket)
    count_message(ticket, copy, now=now, from_customer=True)
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


def _stored(attachment: Attachment) -> StoredFile:
    return StoredFile(
        attachment.name,
        attachment.content_type,
        attachment.size,
        attachment.file_key,
        attachment.inline,
        attachment.content_id,
    )


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


@transaction.atomic
def link_tickets(*, ticket: Ticket, other: Ticket, actor: Actor, now: datetime, kind: str = "related") -> TicketLink:
    """Show two tickets beside each other."""
    if ticket.pk == other.pk:
        raise InvalidInput(_("Choose two different tickets."), field="other")
    ticket = lock_ticket(ticket, actor, right="ticket.change")
    if kind not in {"related", "duplicate", "follow-up"}:
        raise InvalidInput(_("Choose related, duplicate or follow-up."), field="kind")
    link, _made = TicketLink.objects.update_or_create(ticket=ticket, other=other, defaults={"kind": kind})
    emit(
        events.TicketLinked(**ids_after(ticket), other_id=other.pk, other_number=other.number, kind=kind),
        actor=actor,
        now=now,
    )
    return link


@transaction.atomic
def unlink_tickets(*, ticket: Ticket, link_id: int, actor: Actor, now: datetime) -> None:
    """Take a link away, from whichever side."""
    ticket = lock_ticket(ticket, actor, right="ticket.change")
    link = TicketLink.objects.filter(pk=link_id).first()
    if link is None or ticket.pk not in {link.ticket_id, link.other_id}:
        raise NotFound
    other_id = link.other_id if link.ticket_id == ticket.pk else link.ticket_id
    link.delete()
    emit(events.TicketUnlinked(**ids_after(ticket), other_id=other_id), actor=actor, now=now)
