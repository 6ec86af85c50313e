"""A message comes in: find its ticket or open one, insert it, reopen, count, emit. One transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.text import shorten
from hospes.customers import joining
from hospes.customers import queries as customer_queries
from hospes.customers.models import Customer
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.incoming import IncomingMessage
from hospes.tickets.language import identify
from hospes.tickets.models import Inbox, Message, Participant, Ticket
from hospes.tickets.operations.arriving import Received, kept, make_message
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    builtin_status,
    change_status,
    count_message,
    ids_after,
    index_message,
    join,
    lock_where_it_went,
    new_number,
)
from hospes.tickets.operations.beside import into_side, take_bounce
from hospes.tickets.operations.threads import candidates, link_hints, side_conversation
from hospes.tickets.policies import (
    choose_thread,
    is_active,
    is_ours,
)
from hospes.tickets.queries.setup import own_addresses

MAX_CC = 30
SHORT = 200  # a text below this is read together with its subject to tell its language
COUNTED = (
    "last_message_id", "last_words", "last_from_customer", "message_count", "updated_at", "version", "status",
    "category", "active", "solved_at", "closed_at", "waiting_since", "snoozed_until",
)  # fmt: skip


@transaction.atomic
def receive_message(
    *,
    incoming: IncomingMessage,
    inbox: Inbox,
    source_id: int | None,
    files: Sequence[StoredFile],
    now: datetime,
    channel: str = "email",
) -> Received:
    """Put an incoming message onto exactly one ticket.

    Automatic mail is attached to its ticket but neither reopens it nor asks for an answer; a bounce marks the
    message that came back. The caller marks its raw message done in the same transaction.
    """
    incoming = kept(incoming)
    actor = Actor(kind="customer", name=incoming.sender.name or incoming.sender.address, via=channel)
    if incoming.bounce is not None:
        bounced = take_bounce(incoming, inbox, source_id, files, now)
        if bounced is not None:
            return bounced
    side = side_conversation(incoming, inbox)
    if side is not None:
        return into_side(side, incoming, inbox, source_id, files, now, actor)
    customer = _recognise(incoming, channel, actor, now)
    actor = Actor(kind="customer", id=customer.pk, name=customer.name or incoming.sender.address, via=channel)
    signs = candidates(incoming, inbox, customer, now)
    chosen = choose_thread(signs)
    ticket = lock_where_it_went(chosen.ticket_id) if chosen else None
    blocked = customer_queries.is_blocked(incoming.sender.address)
    follow_up = None
    if ticket is not None and ticket.category == "closed" and not incoming.automatic:
        follow_up, ticket = ticket, None
    if ticket is not None and blocked and not ticket.spam:
        ticket = None
    opened = ticket is None
    if ticket is None:
        ticket = open_ticket(incoming=incoming, inbox=inbox, customer=customer, now=now, channel=channel, spam=blocked)
        link_hints(ticket, signs, follow_up)
    return _into_ticket(
        ticket, incoming, customer, source_id, files, now, actor, opened=opened, inbox=inbox, channel=channel
    )


def _recognise(incoming: IncomingMessage, channel: str, actor: Actor, now: datetime) -> Customer:
    """Whose message it is: by the channel's own address, and by what else was proven with it."""
    kind = incoming.identity or ("email" if "@" in incoming.sender.address else "handle")
    return joining.recognise_sender(
        kind=kind,
        value=incoming.sender.address or f"unknown@{channel}.invalid",
        name=incoming.sender.name,
        language=incoming.language or _spoken(incoming),
        verified=bool(incoming.identity) and incoming.authenticated,
        claims=[joining.Claimed(c.kind, c.value, c.verified) for c in incoming.claims],
        source=channel,
        actor=actor,
        now=now,
    )


def open_ticket(
    *,
    incoming: IncomingMessage,
    inbox: Inbox,
    customer: Customer,
    now: datetime,
    channel: str,
    spam: bool | None = None,
) -> Ticket:
    """Insert a new ticket for a first message; the message itself follows."""
    if spam is None:
        spam = customer_queries.is_blocked(incoming.sender.address)
    ticket = Ticket(
        number=new_number(),
        subject=shorten(incoming.subject, 500) or shorten(incoming.reply or incoming.text, 80),
        status=builtin_status("new"),
        category="new",
        active=is_active(category="new", spam=spam, merged=False),
        team_id=inbox.team_id,
        customer=customer,
        inbox=inbox,
        channel=channel,
        language=(incoming.language or _spoken(incoming, prior=inbox.language, known=customer.language))[:8],
        created_at=now,
        updated_at=now,
        promised_at=now + timedelta(hours=inbox.promise_hours),
        spam=spam,
    )
    ticket.save(force_insert=True)
    Participant.objects.create(
        ticket=ticket,
        kind=Participant.Kind.REQUESTER,
        key=email_key(incoming.sender.address)[:340],
        address=incoming.sender.address[:320],
        name=incoming.sender.name[:200],
        customer=customer,
    )
    return ticket


def _spoken(incoming: IncomingMessage, *, prior: str = "", known: str = "") -> str:
    """The language that the sender writes in, where the channel did not tell; what was known before when the text is
    too short."""
    words = incoming.reply or incoming.text
    text = f"{incoming.subject}\n{words}" if len(words) < SHORT else words
    return identify(text, prior=prior, known=known).language


def _into_ticket(
    ticket: Ticket,
    incoming: IncomingMessage,
    customer: Customer,
    source_id: int | None,
    files: Sequence[StoredFile],
    now: datetime,
    actor: Actor,
    *,
    opened: bool,
    inbox: Inbox,
    channel: str,
) -> Received:
    message = make_message(ticket, incoming, source_id, now, channel=channel, inbox=inbox)
    message.customer = customer
    happened: list[events.TicketEvent] = []
    place, joined = (None, False) if opened else _join_sender(ticket, incoming, customer)
    if joined:
        message.flags = [*message.flags, "new-participant"]
    message.save(force_insert=True)
    attach(message, files, now=now)
    index_message(message, ticket)
    if joined and place is not None:
        Participant.objects.filter(pk=place.pk).update(since_message_id=message.pk)
        happened.append(events.ParticipantJoined(**ids_after(ticket), address=incoming.sender.address))
    if not (incoming.automatic or (incoming.sender_mismatch and not opened)):
        happened += _join_copied(ticket, incoming, message, opened=opened)
    reopened, changed = _count_incoming(ticket, message, incoming, now)
    if opened:
        happened.insert(
            0,
            events.TicketCreated(**ids_after(ticket), number=ticket.number, customer_id=customer.pk, channel=channel),
        )
    happened.append(
        events.MessageReceived(
            **ids_after(ticket),
            message_id=message.pk,
            automatic=incoming.automatic,
            acknowledge=opened and not ticket.spam,
        )
    )
    happened += changed
    if reopened:
        happened.append(events.TicketReopened(**ids_after(ticket), message_id=message.pk))
    emit(*happened, actor=actor, now=now)
    return Received(message, ticket, opened)


def _join_sender(ticket: Ticket, incoming: IncomingMessage, customer: Customer) -> tuple[Participant | None, bool]:
    """(the sender's place, whether they are a stranger to this ticket). A strange machine gets no place: what it
    says to a reply address may be somebody's sign-up code."""
    address, name = incoming.sender.address, incoming.sender.name
    if incoming.automatic:
        place = Participant.objects.filter(ticket=ticket, key=email_key(address), removed_at=None).first()
        own = ticket.customer_id in customer_queries.same_person(customer.pk)
        return place, place is None and not own
    if "@" not in address and ticket.customer_id in customer_queries.same_person(customer.pk):
        return None, False  # the same person on another channel is no newcomer
    return join(ticket, address=address, name=name, kind="cc", customer=customer)


def _join_copied(
    ticket: Ticket, incoming: IncomingMessage, message: Message, *, opened: bool
) -> list[events.TicketEvent]:
    """Those whom the sender wrote to as well take part; on a ticket that was there before, from this message on."""
    ours = own_addresses()
    people = {email_key(p.address)[:340]: p for p in (*incoming.to, *incoming.cc)[:MAX_CC] if "@" in p.address}
    # Who is known has a place already; whom an agent took off stays off, whatever others copy.
    known = set(Participant.objects.filter(ticket=ticket, key__in=people).values_list("key", flat=True))
    new = {key: p for key, p in people.items() if key not in known and not is_ours(p.address, ours)}
    Participant.objects.bulk_create(
        Participant(
            ticket=ticket,
            kind=Participant.Kind.CC,
            key=key,
            address=person.address,
            name=person.name,
            since_message_id=0 if opened else message.pk,
        )
        for key, person in new.items()
    )
    happened: list[events.TicketEvent] = []
    if not opened:
        happened += [events.ParticipantJoined(**ids_after(ticket), address=p.address) for p in new.values()]
    return happened


def _count_incoming(
    ticket: Ticket, message: Message, incoming: IncomingMessage, now: datetime
) -> tuple[bool, list[events.TicketChanged]]:
    """Counters and status after an incoming message: (whether a solved ticket was opened again, what changed)."""
    count_message(ticket, message, now=now, from_customer=True)
    reopened = False
    changed: list[events.TicketChanged] = []
    if not incoming.automatic:
        reopened = ticket.category == "solved"
        if ticket.category in {"solved", "waiting", "on_hold"}:
            changed = change_status(ticket, builtin_status("open"), now=now)
        if ticket.waiting_since is None and ticket.category != "closed" and not ticket.spam:
            ticket.waiting_since = now
        ticket.snoozed_until = None
    ticket.save(update_fields=COUNTED)
    return reopened, changed
