"""Where an incoming message belongs: the signs that point to tickets, and whether its sender takes part there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from hospes.customers import queries as customer_queries
from hospes.customers.models import Customer
from hospes.customers.policies import email_key
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox, Message, Participant, SideConversation, Ticket, TicketLink
from hospes.tickets.policies import Candidate, number_in_subject, parse_reply_address, token_fits
from hospes.tickets.ways import traits_of

TALK_GAP = timedelta(days=3)


def candidates(incoming: IncomingMessage, inbox: Inbox, customer: Customer, now: datetime) -> list[Candidate]:
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
    found += [(pk, "thread") for pk in _same_thread(incoming, inbox)]
    if traits_of(inbox.kind).talk and not incoming.extra.get("public"):
        found += [(pk, "talk") for pk in _same_talk(customer, now)]
    if not found:
        return []
    part_of = _takes_part_in({pk for pk, _by in found}, incoming.sender, customer)
    return [Candidate(pk, by, pk in part_of) for pk, by in found]


def _same_thread(incoming: IncomingMessage, inbox: Inbox) -> list[int]:
    """The ticket on which the channel's own talk was last continued."""
    if not incoming.thread_key:
        return []
    said = Message.objects.filter(inbox=inbox, thread_key=incoming.thread_key)
    return list(said.order_by("-id").values_list("ticket_id", flat=True)[:1])


def _same_talk(customer: Customer, now: datetime) -> list[int]:
    """The open ticket on which this person was last active: whoever changes channel keeps one talk."""
    people = customer_queries.same_person(customer.pk)
    active = Ticket.objects.filter(customer_id__in=people, active=True, updated_at__gt=now - TALK_GAP)
    return list(active.order_by("-updated_at").values_list("pk", flat=True)[:1])


def _takes_part_in(ticket_ids: set[int], sender: Person, customer: Customer) -> set[int]:
    if not sender.address:
        return set()  # all who do not say who they are would be one person
    people = customer_queries.same_person(customer.pk)
    joined = Participant.objects.filter(ticket_id__in=ticket_ids, key=email_key(sender.address), removed_at=None)
    own = Ticket.objects.filter(pk__in=ticket_ids, customer_id__in=people)
    return {*joined.values_list("ticket_id", flat=True), *own.values_list("pk", flat=True)}


def link_hints(ticket: Ticket, candidates: Sequence[Candidate], follow_up: Ticket | None) -> None:
    """What pointed to another ticket without proof is shown as a link for an agent to judge."""
    hints = {c.ticket_id: "possible" for c in candidates}
    if follow_up is not None:
        hints[follow_up.pk] = "follow-up"
    for other_id, kind in list(hints.items())[:5]:
        TicketLink.objects.get_or_create(ticket=ticket, other_id=other_id, defaults={"kind": kind})


def side_conversation(incoming: IncomingMessage, inbox: Inbox) -> SideConversation | None:
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
