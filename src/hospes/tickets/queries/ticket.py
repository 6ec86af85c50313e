"""Reads of one ticket: by whom, its messages and timeline, its neighbours; attachments and notifications."""

from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.models import EventRow
from hospes.customers.models import ContactPoint, Customer
from hospes.customers.queries import same_person
from hospes.tickets.models import Attachment, Message, Notification, Participant, Ticket
from hospes.tickets.policies import plain_number
from hospes.tickets.queries.lists import visible


def get_ticket(actor: Actor, number: str) -> Ticket:
    """One ticket by number (with or without # and dash), as an agent may see it. Raises NotFound, never NotAllowed:
    who may not see a ticket may not learn that it exists."""
    plain = plain_number(number)
    found = (
        visible(actor)
        # What few tickets have is read when it is there: with eight joins, planning takes ten times as long as running.
        .select_related("customer", "assignee", "team", "status", "inbox")
        .prefetch_related("tags", "customer__company", "customer__merged_into", "merged_into")
        .filter(number=plain)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def messages_of(ticket: Ticket) -> QuerySet[Message]:
    """All messages of a ticket for agents, oldest first, with attachments and authors: three queries in all."""
    return (
        Message.objects.filter(ticket=ticket)
        .select_related("agent", "customer", "side")
        .prefetch_related("attachments")
        .order_by("id")
    )


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that happened on a ticket, for the talk: messages and events oldest first."""

    messages: list[Message] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)


def timeline(ticket: Ticket, *, after_event: int = 0) -> Timeline:
    """Messages and events; with `after_event` only what came since that event."""
    happened = list(EventRow.objects.filter(subject="ticket", subject_id=ticket.pk, id__gt=after_event).order_by("id"))
    messages = messages_of(ticket)
    if after_event:
        touched = {row.data["message_id"] for row in happened if row.data.get("message_id")}
        messages = messages.filter(pk__in=touched)
    return Timeline(list(messages), happened)


def other_tickets(actor: Actor, ticket: Ticket, *, limit: int = 20) -> list[Ticket]:
    """The customer's other tickets, newest first."""
    people = same_person(ticket.customer_id)
    found = visible(actor).filter(customer_id__in=people, merged_into=None).exclude(pk=ticket.pk)
    return list(found.select_related("status").order_by("-id")[:limit])


def _places(people: list[int]) -> QuerySet[Participant]:
    """Where somebody takes part: by record, or by one of their addresses that was copied in."""
    addresses = ContactPoint.objects.filter(customer_id__in=people, kind=ContactPoint.Kind.EMAIL)
    keys = list(addresses.values_list("key", flat=True))
    return Participant.objects.filter(Q(customer_id__in=people) | Q(key__in=keys), removed_at=None)


def takes_part(customer_id: int | None, ticket: Ticket) -> bool:
    """Whether a customer opened a ticket or takes part in it."""
    if customer_id is None:
        return False
    people = same_person(customer_id)
    return ticket.customer_id in people or _places(people).filter(ticket=ticket).exists()


def customer_tickets(customer: Customer) -> QuerySet[Ticket]:
    """A customer's own requests for the portal: those they opened and those they take part in, newest first."""
    people = same_person(customer.pk)
    # Ids and not a subquery: so that two small indexes are read, and never the whole table.
    joined = list(_places(people).values_list("ticket_id", flat=True))
    return (
        Ticket.objects.filter(Q(customer_id__in=people) | Q(pk__in=joined), merged_into=None, spam=False)
        .select_related("status")
        .order_by("-updated_at", "-id")
    )


def get_for_customer(customer: Customer, number: str) -> Ticket:
    """One of a customer's own requests, or the one that it was merged into. Raises NotFound for anybody else's."""
    plain = plain_number(number)
    own = customer_tickets(customer).select_related("inbox", "customer")
    found = own.filter(number=plain).first()
    if found is None:
        gone = Ticket.objects.filter(number=plain, merged_into__isnull=False).first()
        if gone is not None and takes_part(customer.pk, gone):
            found = own.filter(pk=_went_to(gone)).first()
    if found is None:
        raise NotFound
    return found


def _went_to(ticket: Ticket) -> int:
    into = ticket.merged_into_id or ticket.pk
    for _hop in range(20):
        further = Ticket.objects.filter(pk=into).values_list("merged_into_id", flat=True).first()
        if further is None:
            break
        into = further
    return into


def customer_messages(customer: Customer, ticket: Ticket) -> QuerySet[Message]:
    """What a customer may see of a ticket: public messages; somebody who joined later only those since then.

    Messages that came from a merged ticket are seen by those who took part in that one. The first message of a
    stranger who had our reply address is seen by agents alone: it may be a mail that somebody had sent there on
    purpose, such as a sign-up code (the "ticket trick").
    """
    people = same_person(customer.pk)
    moved = Message.objects.filter(ticket=ticket, moved_from__isnull=False).order_by()
    origins = Ticket.objects.filter(pk__in=moved.values_list("moved_from_id", flat=True).distinct())
    since: dict[int, int] = {}
    for place in _places(people).filter(ticket__in=[ticket, *origins]):
        since[place.ticket_id] = min(since.get(place.ticket_id, place.since_message_id), place.since_message_id)
    seen = Q(pk__in=[])
    for origin in (ticket, *origins):
        here = Q(moved_from=None) if origin.pk == ticket.pk else Q(moved_from=origin)
        if origin.customer_id in people:
            seen |= here
        elif origin.pk in since:
            seen |= here & Q(pk__gte=since[origin.pk])
    return (
        Message.objects.filter(seen, ticket=ticket, kind__in=Message.PUBLIC_KINDS)
        .filter(~Q(flags__contains=["new-participant"]) | Q(customer_id__in=people))
        .exclude(delivery=Message.Delivery.HELD)
        .exclude(auto_kind="bounce")
        .select_related("agent")
        .prefetch_related("attachments")
        .order_by("id")
    )


def attachment_for_agent(actor: Actor, token: str) -> Attachment:
    """An attachment that an agent may see: on a ticket they see, or uploaded by themselves. Raises NotFound."""
    found = Attachment.objects.select_related("message").filter(token=token).first()
    if found is None:
        raise NotFound
    if found.message is None:
        if found.owner != f"agent:{actor.id}":
            raise NotFound
    elif not visible(actor).filter(pk=found.message.ticket_id).exists():
        raise NotFound
    return found


def attachment_for_customer(customer: Customer, token: str) -> Attachment:
    """An attachment on a message that a customer may see. Raises NotFound."""
    found = Attachment.objects.select_related("message__ticket__customer").filter(token=token).first()
    if found is None or found.message is None or not found.message.public:
        raise NotFound
    ticket = found.message.ticket
    if not customer_tickets(customer).filter(pk=ticket.pk).exists():
        raise NotFound
    if not customer_messages(customer, ticket).filter(pk=found.message.pk).exists():
        raise NotFound
    return found


def get_message(actor: Actor, message_id: int) -> Message:
    """A message on a ticket that an agent may see. Raises NotFound."""
    found = Message.objects.select_related("ticket", "ticket__inbox").filter(pk=message_id).first()
    if found is None or not visible(actor).filter(pk=found.ticket_id).exists():
        raise NotFound
    return found


def notifications_of(actor: Actor, *, limit: int = 30) -> list[Notification]:
    """An agent's notifications, newest first."""
    found = Notification.objects.filter(agent_id=actor.own_id).select_related("ticket")
    return list(found.order_by("-id")[:limit])


def undelivered(actor: Actor) -> QuerySet[Message]:
    """Outgoing messages that failed or came back, newest first."""
    states = [Message.Delivery.FAILED, Message.Delivery.BOUNCED]
    return (
        Message.objects.filter(delivery__in=states, ticket__in=visible(actor))
        .select_related("ticket", "agent")
        .order_by(F("id").desc())
    )
