"""A message comes in: find its ticket or open one, insert it, reopen, count, emit. One transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.text import shorten, storable
from hospes.customers import operations as customer_operations
from hospes.customers import queries as customer_queries
from hospes.customers.models import Customer
from hospes.customers.policies import email_key
from hospes.tickets import events
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox, Message, Participant, SideConversation, Ticket, TicketLink
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
from hospes.tickets.policies import (
    Candidate,
    choose_thread,
    is_active,
    is_ours,
    number_in_subject,
    parse_reply_address,
    token_fits,
)
from hospes.tickets.queries.setup import own_addresses

MAX_CC = 30
TEXTS = (
    "message_id", "subject", "text", "html", "reply", "quoted", "signature", "in_reply_to", "language", "auto_kind",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an incoming message."""

    message: Message
    ticket: Ticket
    opened: bool


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
    incoming = _storable(incoming)
    actor = Actor(kind="customer", name=incoming.sender.name or incoming.sender.address, via=channel)
    if incoming.bounce is not None:
        bounced = _take_bounce(incoming, inbox, source_id, files, now)
        if bounced is not None:
            return bounced
    side = _side_conversation(incoming, inbox)
    if side is not None:
        return _into_side(side, incoming, inbox, source_id, files, now, actor)
    customer = customer_operations.recognise(
        kind="email" if "@" in incoming.sender.address else "handle",
        value=incoming.sender.address or f"unknown@{channel}.invalid",
        name=incoming.sender.name,
        language=incoming.language,
        actor=actor,
        now=now,
    )
    actor = Actor(kind="customer", id=customer.pk, name=customer.name or incoming.sender.address, via=channel)
    candidates = _candidates(incoming, inbox, customer)
    chosen = choose_thread(candidates)
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
        _link_hints(ticket, candidates, follow_up)
    return _into_ticket(ticket, incoming, customer, source_id, files, now, actor, opened=opened, channel=channel)


def _storable(incoming: IncomingMessage) -> IncomingMessage:
    """Channels should hand out clean text; one that does not must not make the database refuse the message."""
    texts = {name: value for name in TEXTS if (value := getattr(incoming, name))}
    changed = {name: clean for name, value in texts.items() if (clean := storable(value)) != value}
    sender = Person(storable(incoming.sender.address)[:320], storable(incoming.sender.name)[:200])
    if sender != incoming.sender:
        changed["sender"] = sender
    people = {"to": incoming.to, "cc": incoming.cc}
    for name, listed in people.items():
        clean = tuple(Person(storable(p.address)[:320], storable(p.name)[:200]) for p in listed)
        if clean != listed:
            changed[name] = clean
    for name in ("references", "defects"):
        listed = getattr(incoming, name)
        clean = tuple(storable(value) for value in listed)
        if clean != listed:
            changed[name] = clean
    return replace(incoming, **changed) if changed else incoming


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
        language=(incoming.language or customer.language or inbox.language)[:8],
        created_at=now,
        updated_at=now,
        promised_at=now + timedelta(hours=inbox.promise_hours),
        spam=spam,
    )
    ticket.save(force_insert=True)
    join(
        ticket,
        address=incoming.sender.address,
        name=incoming.sender.name,
        kind="requester",
        customer=customer,
    )
    return ticket


def _candidates(incoming: IncomingMessage, inbox: Inbox, customer: Customer) -> list[Candidate]:
    found: list[tuple[int, str]] = []
    for address in incoming.delivered_to or tuple(p.address for p in (*incoming.to, *incoming.cc)):
        parsed = parse_reply_address(address, inbox.address)
        ticket = Ticket.objects.filter(number=parsed[0]).first() if parsed else None
        if parsed and ticket:
            # Whoever was taken off the ticket cannot come back by an address that they were given before.
            keys = list(Participant.objects.filter(ticket=ticket, removed_at=None).values_list("key", flat=True))
            if token_fits(parsed[0], parsed[1], keys):
                found.append((ticket.pk, "token"))
    mentioned = [i for i in (incoming.in_reply_to, *reversed(incoming.references)) if i][:50]
    if mentioned:
        rows = Message.objects.filter(external_id__in=mentioned, ticket__inbox__kind=inbox.kind)
        by_id = dict(rows.exclude(kind__in=["side_out", "side_in"]).values_list("external_id", "ticket_id"))
        found += [(by_id[i], "references") for i in mentioned if i in by_id]
    number = number_in_subject(incoming.subject)
    if number:
        found += [(pk, "subject") for pk in Ticket.objects.filter(number=number).values_list("pk", flat=True)]
    if not found:
        return []
    part_of = _takes_part_in({pk for pk, _by in found}, incoming.sender, customer)
    return [Candidate(pk, by, pk in part_of) for pk, by in found]


def _takes_part_in(ticket_ids: set[int], sender: Person, customer: Customer) -> set[int]:
    if not sender.address:
        return set()  # all who do not say who they are would be one person
    people = customer_queries.same_person(customer.pk)
    joined = Participant.objects.filter(ticket_id__in=ticket_ids, key=email_key(sender.address), removed_at=None)
    own = Ticket.objects.filter(pk__in=ticket_ids, customer_id__in=people)
    return {*joined.values_list("ticket_id", flat=True), *own.values_list("pk", flat=True)}


def _link_hints(ticket: Ticket, candidates: Sequence[Candidate], follow_up: Ticket | None) -> None:
    """What pointed to another ticket without proof is shown as a link for an agent to judge."""
    hints = {c.ticket_id: "possible" for c in candidates}
    if follow_up is not None:
        hints[follow_up.pk] = "follow-up"
    for other_id, kind in list(hints.items())[:5]:
        TicketLink.objects.get_or_create(ticket=ticket, other_id=other_id, defaults={"kind": kind})


def _make_message(
    ticket: Ticket, incoming: IncomingMessage, source_id: int | None, now: datetime, *, channel: str
) -> Message:
    flags = [*(["sender-mismatch"] if incoming.sender_mismatch else []), *incoming.defects[:20]]
    return Message(
        ticket=ticket,
        kind=Message.Kind.INCOMING,
        channel=channel,
        author_name=incoming.sender.name[:200],
        author_address=incoming.sender.address[:320],
        subject=incoming.subject[:500],
        text=incoming.reply or incoming.text,
        html=incoming.html,
        quoted=incoming.quoted,
        signature=incoming.signature,
        to=[{"name": p.name, "address": p.address} for p in incoming.to[:100]],
        cc=[{"name": p.name, "address": p.address} for p in incoming.cc[:100]],
        external_id=incoming.message_id[:998],
        in_reply_to=incoming.in_reply_to[:998],
        references=list(incoming.references[-50:]),
        auto_kind=incoming.auto_kind,
        automatic=incoming.automatic,
        flags=flags,
        source_id=source_id,
        created_at=now,
    )


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
    channel: str,
) -> Received:
    message = _make_message(ticket, incoming, source_id, now, channel=channel)
    message.customer = customer
    happened: list[events.TicketEvent] = []
    place, joined = _join_sender(ticket, incoming, customer)
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
    return join(ticket, address=address, name=name, kind="cc", customer=customer)


def _join_copied(
    ticket: Ticket, incoming: IncomingMessage, message: Message, *, opened: bool
) -> list[events.TicketEvent]:
    """Those whom the sender wrote to as well take part; on a ticket that was there before, from this message on."""
    ours = own_addresses()
    happened: list[events.TicketEvent] = []
    for person in (*incoming.to, *incoming.cc)[:MAX_CC]:
        if "@" not in person.address or is_ours(person.address, ours):
            continue
        since = 0 if opened else message.pk
        known = Participant.objects.filter(ticket=ticket, key=email_key(person.address)).exists()
        if known:  # whom an agent took off stays off, whatever others copy
            continue
        join(ticket, address=person.address, name=person.name, kind="cc", customer=None, since=since)
        if not opened:
            happened.append(events.ParticipantJoined(**ids_after(ticket), address=person.address))
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
    ticket.save()
    return reopened, changed


def _take_bounce(
    incoming: IncomingMessage, inbox: Inbox, source_id: int | None, files: Sequence[StoredFile], now: datetime
) -> Received | None:
    """A delivery report goes onto the ticket of the mail that came back; it wakes the agent, not the customer."""
    from hospes.tickets.operations.delivery import mark_bounced

    bounce = incoming.bounce
    assert bounce is not None
    ids = [i for i in (bounce.original_message_id, incoming.in_reply_to, *incoming.references) if i]
    original = (
        Message.objects.filter(external_id__in=ids, kind__in=["reply", "side_out"]).select_related("ticket").first()
    )
    if original is None:
        return None
    ticket = lock_where_it_went(original.ticket_id)
    message = _make_message(ticket, incoming, source_id, now, channel="email")
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


def _side_conversation(incoming: IncomingMessage, inbox: Inbox) -> SideConversation | None:
    """The side conversation that this answers: by a token given to that outsider, or by references from them."""
    key = email_key(incoming.sender.address)
    for address in incoming.delivered_to or tuple(p.address for p in (*incoming.to, *incoming.cc)):
        parsed = parse_reply_address(address, inbox.address)
        if parsed is None:
            continue
        # By the number that we wrote from: the ticket of the talk, or one that it was merged into since.
        here = Q(ticket__number=parsed[0]) | Q(messages__ticket__number=parsed[0])
        for side in SideConversation.objects.filter(here).distinct():
            if token_fits(parsed[0], parsed[1], [f"side{side.pk}:{side.key}"]):
                return side
    mentioned = [i for i in (incoming.in_reply_to, *incoming.references) if i][:50]
    if not mentioned:
        return None
    found = (
        Message.objects.filter(external_id__in=mentioned, side__isnull=False, side__key=key)
        .select_related("side__ticket")
        .first()
    )
    return found.side if found else None


def _into_side(
    side: SideConversation,
    incoming: IncomingMessage,
    inbox: Inbox,
    source_id: int | None,
    files: Sequence[StoredFile],
    now: datetime,
    actor: Actor,
) -> Received:
    ticket = lock_where_it_went(side.ticket_id)
    message = _make_message(ticket, incoming, source_id, now, channel=inbox.kind)
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
