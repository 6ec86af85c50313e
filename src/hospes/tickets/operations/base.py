"""What several operations share: taking a ticket's lock, inserting a message, moving between statuses."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.text import shorten, storable
from hospes.customers.models import Customer
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.models import Attachment, Message, Participant, Status, Ticket
from hospes.tickets.policies import agent_may_see, is_active
from hospes.tickets.queries.setup import free_number, status_of
from hospes.tickets.queries.ticket import takes_part
from hospes.tickets.searching import document

SEARCHED_CHARACTERS = 60_000


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file already in the file store, to be attached."""

    name: str
    content_type: str
    size: int
    file_key: str
    inline: bool = False
    content_id: str = ""


def locking() -> QuerySet[Ticket]:
    """Tickets to be read under their lock. The key itself never changes, so rows that point to it need not wait.

    No joins: PostgreSQL would drop a row whose status changed while we waited, as if the ticket did not exist.
    """
    return Ticket.objects.select_for_update(no_key=True)


def lock_ticket(ticket: Ticket, actor: Actor, *, right: str = "") -> Ticket:
    """The row under its lock, as it is now. Raises NotAllowed for a missing right, NotFound for a hidden ticket."""
    if right:
        actor.require(right)
    locked = locking().filter(pk=ticket.pk).first()
    if locked is None:
        raise NotFound
    if actor.kind == "agent" and not agent_may_see(actor, team_id=locked.team_id, assignee_id=locked.assignee_id):
        raise NotFound
    if actor.kind == "customer" and not takes_part(actor.id, locked):
        raise NotFound
    return locked


def lock_where_it_went(ticket_id: int) -> Ticket:
    """The ticket under lock, or the one that it was merged into: where the talk goes on."""
    ticket = locking().get(pk=ticket_id)
    for _hop in range(20):
        if not ticket.merged_into_id:
            break
        ticket = locking().get(pk=ticket.merged_into_id)
    return ticket


def new_number() -> str:
    """A number that no ticket has."""
    return free_number(
        ids.ticket_number,
        lambda drawn: set(Ticket.objects.filter(number__in=drawn).values_list("number", flat=True)),
    )


def index_message(message: Message, ticket: Ticket) -> None:
    """Put a message's words into the search index, with the subject and who wrote it."""
    body = message.text[:SEARCHED_CHARACTERS]
    doc = document([message.subject or ticket.subject, message.author_name, message.author_address, body])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_message_search (message_id, ticket_id, doc) VALUES (%s, %s, %s::tsvector) "
            "ON CONFLICT (message_id) DO UPDATE SET ticket_id = EXCLUDED.ticket_id, doc = EXCLUDED.doc",
            [message.pk, ticket.pk, doc],
        )


def attach(message: Message, files: Iterable[StoredFile], *, now: datetime) -> None:
    """Hang stored files on a message."""
    Attachment.objects.bulk_create(
        Attachment(
            message=message,
            token=ids.token(),
            name=storable(file.name)[:255] or "file",
            content_type=storable(file.content_type)[:120],
            size=file.size,
            file_key=file.file_key,
            inline=file.inline,
            content_id=storable(file.content_id)[:255],
            created_at=now,
        )
        for file in files
    )


def copies(message: Message) -> list[StoredFile]:
    """A message's files, to be attached once more: the content is not copied."""
    return [
        StoredFile(a.name, a.content_type, a.size, a.file_key, a.inline, a.content_id)
        for a in message.attachments.all()
    ]


def take_uploads(message: Message, tokens: Sequence[str], *, actor: Actor) -> None:
    """Hang files that this actor uploaded before onto the message. Raises NotFound for somebody else's."""
    if not tokens:
        return
    owner = owner_of(actor)
    taken = Attachment.objects.filter(token__in=list(tokens), owner=owner, message=None).update(message=message)
    if taken != len(set(tokens)):
        raise NotFound


def owner_of(actor: Actor) -> str:
    """The mark of who uploaded a file."""
    return f"{actor.kind}:{actor.id}"


def count_message(ticket: Ticket, message: Message, *, now: datetime, from_customer: bool) -> None:
    """Bring the ticket's copies (newest words, counters, waiting) up to date; the caller saves."""
    ticket.last_message_id = message.pk
    ticket.last_words = shorten(message.text, 240)
    ticket.last_from_customer = from_customer
    ticket.message_count += 1
    ticket.updated_at = now
    ticket.version += 1


# What lists show and unread marks count: what somebody said, not notes nor what a machine of ours sent.
SAID = Q(kind__in=[Message.Kind.INCOMING, Message.Kind.SIDE_IN]) | Q(kind=Message.Kind.REPLY, automatic=False)


def recount(ticket: Ticket) -> None:
    """The ticket's copies anew from its messages, after some came or left in bulk; the caller saves."""
    said = Message.objects.filter(ticket=ticket)
    ticket.message_count = said.count()
    last = said.filter(SAID).order_by("-id").first()
    ticket.last_message_id = last.pk if last else None
    ticket.last_words = shorten(last.text, 240) if last else ""
    ticket.last_from_customer = last is None or (last.kind == Message.Kind.INCOMING and last.auto_kind != "bounce")


def waiting_from(ticket: Ticket) -> datetime | None:
    """When the customer began to wait, by the messages: their first one after our last answer."""
    if ticket.spam or ticket.category not in {"new", "open", "on_hold"}:
        return None
    said = Message.objects.filter(ticket=ticket, automatic=False)
    answered = said.filter(kind=Message.Kind.REPLY).order_by("-id").values_list("pk", flat=True).first() or 0
    asked = said.filter(kind=Message.Kind.INCOMING, pk__gt=answered).order_by("id")
    return asked.values_list("created_at", flat=True).first()


def change_status(ticket: Ticket, status: Status, *, now: datetime) -> list[events.TicketChanged]:
    """`set_status`, and the event that tells it; nothing when it is the same."""
    before = ticket.status_id
    if before == status.pk:
        return []
    set_status(ticket, status, now=now)
    return [events.TicketChanged(**ids_after(ticket), field="status", before=str(before), after=str(status.pk))]


def set_status(ticket: Ticket, status: Status, *, now: datetime) -> None:
    """Move to a status and keep what follows from it; the caller saves and emits."""
    before = ticket.category
    ticket.status = status
    ticket.category = status.category
    ticket.active = is_active(category=status.category, spam=ticket.spam, merged=ticket.merged_into_id is not None)
    if status.category in {"solved", "closed"}:
        if before not in {"solved", "closed"}:
            ticket.solved_at = now
        if status.category == "closed":
            ticket.closed_at = now
        ticket.waiting_since = None
        ticket.snoozed_until = None
    else:
        ticket.closed_at = None
        if before in {"solved", "closed"}:
            ticket.solved_at = None
    if status.category == "waiting":
        ticket.waiting_since = None


def builtin_status(category: str) -> Status:
    """The built-in status of a category."""
    return status_of(category)


def join(
    ticket: Ticket, *, address: str, name: str, kind: str, customer: Customer | None, since: int = 0
) -> tuple[Participant, bool]:
    """Make somebody take part; returns the place and whether it is new. A removed one comes back."""
    place, made = Participant.objects.get_or_create(
        ticket=ticket,
        key=email_key(address)[:340],
        defaults={
            "address": address[:320],
            "name": name[:200],
            "kind": kind,
            "customer": customer,
            "since_message_id": since,
        },
    )
    if not made and place.removed_at is not None:
        place.removed_at = None
        place.since_message_id = since
        place.customer = place.customer or customer
        place.save(update_fields=["removed_at", "since_message_id", "customer"])
        return place, True
    if not made and place.customer_id is None and customer is not None:
        place.customer = customer
        place.save(update_fields=["customer"])
    return place, made


def ids_after(ticket: Ticket) -> dict[str, Any]:
    """What every ticket event says of the ticket as it now is."""
    return {"ticket_id": ticket.pk, "team_id": ticket.team_id, "assignee_id": ticket.assignee_id}
