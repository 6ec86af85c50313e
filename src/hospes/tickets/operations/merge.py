"""Tickets that belong together: merge and unmerge, link."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.customers.queries import same_person
from hospes.tickets import events
from hospes.tickets.models import Message, MessageSearch, Participant, Ticket, TicketLink
from hospes.tickets.operations.base import (
    builtin_status,
    change_status,
    ids_after,
    join,
    lock_ticket,
    recount,
    waiting_from,
)
from hospes.tickets.policies import agent_may_see, is_active


def _lock_both(one: Ticket, other: Ticket, actor: Actor) -> tuple[Ticket, Ticket]:
    """Both rows under lock, always in order of id, so that two merges never wait for each other."""
    locked = {t.pk: lock_ticket(t, actor, right="ticket.merge") for t in sorted((one, other), key=lambda t: t.pk)}
    return locked[one.pk], locked[other.pk]


@transaction.atomic
def merge_tickets(*, ticket: Ticket, into: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Move a ticket's messages onto another; later mail to it lands there too. Each message remembers where it was.

    Open work stays open: a settled ticket is opened again by what is merged into it. Raises InvalidInput.
    """
    if ticket.pk == into.pk:
        raise InvalidInput(_("Choose two different tickets."), field="into")
    ticket, into = _lock_both(ticket, into, actor)
    if ticket.merged_into_id or into.merged_into_id:
        raise InvalidInput(_("One of the tickets was merged already."), field="into")
    if into.spam and not ticket.spam:
        raise InvalidInput(_("The other ticket is spam. Say first that it is not."), field="into")
    _bring_people(ticket, into)
    waiting = ticket.waiting_since
    moved = Message.objects.filter(ticket=ticket)
    MessageSearch.objects.filter(message__in=moved).update(ticket=into)
    moved.filter(moved_from=None).update(moved_from=ticket)
    moved.update(ticket=into)
    happened: list[Event] = []
    if ticket.active and not into.active:
        happened += change_status(into, builtin_status("open"), now=now)
    recount(into)
    if waiting and into.active and (into.waiting_since is None or waiting < into.waiting_since):
        into.waiting_since = waiting
    ticket.merged_into = into
    ticket.active = False
    ticket.waiting_since = None
    ticket.snoozed_until = None
    recount(ticket)
    _save(ticket, into, now=now)
    emit(
        events.TicketMerged(**ids_after(ticket), into_id=into.pk, into_number=into.number),
        events.TicketMerged(**ids_after(into), into_id=into.pk, into_number=ticket.number),
        *happened,
        actor=actor,
        now=now,
    )
    return into


def _save(*tickets: Ticket, now: datetime) -> None:
    for ticket in tickets:
        ticket.updated_at = now
        ticket.version += 1
        ticket.save()


def _bring_people(ticket: Ticket, into: Ticket) -> None:
    """Those of the merged ticket take part in the other. Of what was said there before, only the same person may
    see anything (queries.customer_messages shows everybody their own)."""
    newest = Message.objects.filter(Q(ticket=into) | Q(ticket=ticket)).order_by("-id").values_list("pk", flat=True)
    since = (newest.first() or 0) + 1
    person = same_person(into.customer_id)
    for place in Participant.objects.filter(ticket=ticket, removed_at=None):
        own = place.customer_id in person
        brought, new = join(
            into,
            address=place.address,
            name=place.name,
            kind="cc",
            customer=place.customer,
            since=0 if own else since,
        )
        if new:
            Participant.objects.filter(pk=brought.pk).update(came_with_id=ticket.pk)


@transaction.atomic
def unmerge_ticket(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Undo a merge: the messages that came from the ticket go back, and the people who came with it; what was said
    since stays where it was said."""
    actor.require("ticket.merge")
    root = _root_of(ticket)
    if root.pk == ticket.pk:
        raise InvalidInput(_("This ticket was not merged."), field="ticket")
    ticket, root = _lock_both(ticket, root, actor)
    if ticket.merged_into_id is None or _root_of(ticket).pk != root.pk:
        raise InvalidInput(_("This ticket was not merged."), field="ticket")
    brought = _merged_below(ticket)  # what had been merged into it before comes along, and stays merged
    back = Message.objects.filter(ticket=root, moved_from__in=[ticket.pk, *brought])
    MessageSearch.objects.filter(message__in=back).update(ticket=ticket)
    back.update(ticket=ticket)
    Message.objects.filter(ticket=ticket, moved_from=ticket).update(moved_from=None)
    _send_away(ticket, now=now)
    recount(root)
    root.waiting_since = waiting_from(root)
    ticket.merged_into = None
    ticket.active = is_active(category=ticket.category, spam=ticket.spam, merged=False)
    recount(ticket)
    ticket.waiting_since = waiting_from(ticket)
    _save(ticket, root, now=now)
    emit(
        events.TicketUnmerged(**ids_after(ticket), from_id=root.pk),
        events.TicketUnmerged(**ids_after(root), from_id=ticket.pk),
        actor=actor,
        now=now,
    )
    return ticket


def _send_away(ticket: Ticket, *, now: datetime) -> None:
    """Those who came with a ticket leave all that it was merged into, also in several steps."""
    above: list[int] = []
    at = ticket.merged_into_id
    while at is not None and at not in above:
        above.append(at)
        at = Ticket.objects.filter(pk=at).values_list("merged_into_id", flat=True).first()
    came = Participant.objects.filter(ticket__in=above, came_with_id=ticket.pk)
    keys = list(came.values_list("key", flat=True))
    everywhere = Participant.objects.filter(ticket__in=above, key__in=keys, came_with_id__isnull=False)
    everywhere.update(removed_at=now, came_with_id=None)


def _root_of(ticket: Ticket) -> Ticket:
    """Where a ticket's messages are now, following merges of merges."""
    at = Ticket.objects.get(pk=ticket.pk)
    for _hop in range(20):
        if at.merged_into_id is None:
            break
        at = Ticket.objects.get(pk=at.merged_into_id)
    return at


def _merged_below(ticket: Ticket) -> list[int]:
    below: list[int] = []
    level = [ticket.pk]
    while level:
        level = list(Ticket.objects.filter(merged_into__in=level).exclude(pk__in=below).values_list("pk", flat=True))
        below += level
    return below


@transaction.atomic
def link_tickets(*, ticket: Ticket, other: Ticket, actor: Actor, now: datetime, kind: str = "related") -> TicketLink:
    """Show two tickets beside each other. Raises NotFound when either is hidden from the actor."""
    if ticket.pk == other.pk:
        raise InvalidInput(_("Choose two different tickets."), field="other")
    ticket = lock_ticket(ticket, actor, right="ticket.change")
    if not agent_may_see(actor, team_id=other.team_id, assignee_id=other.assignee_id):
        raise NotFound
    if kind not in {"related", "duplicate", "follow-up"}:
        raise InvalidInput(_("Choose related, duplicate or follow-up."), field="kind")
    link = TicketLink.objects.filter(Q(ticket=ticket, other=other) | Q(ticket=other, other=ticket)).first()
    if link is None:
        link, _made = TicketLink.objects.get_or_create(ticket=ticket, other=other, defaults={"kind": kind})
    elif link.kind == kind:
        return link
    link.kind = kind
    link.save(update_fields=["kind"])
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
