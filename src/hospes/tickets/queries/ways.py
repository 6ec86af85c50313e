"""By which channels a customer can be answered on a ticket, the best first, with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from django.db.models import Q

from hospes.customers.models import ContactPoint
from hospes.customers.policies import email_key
from hospes.tickets.models import Inbox, Message, Participant, Ticket
from hospes.tickets.policies import is_ours
from hospes.tickets.queries.setup import active_inboxes, own_addresses
from hospes.tickets.ways import Traits, traits_of

LOOKED_AT = 200  # of a ticket's latest incoming messages


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer. `why`: asked (the customer prefers it), latest (they wrote by it last), used, known (an
    address of theirs). `free_until` is when the reply window closes (None: never); a closed way takes templates only.

    `mode` is "" except where they wrote in public: "public" for an answer that anybody can read, "private" for a
    message to them alone (then one inbox has two ways: `reply(via=, private=)` chooses). `comment_id`: the private
    message answers this comment, which can be done once; `spent`: it was done, and they have to write back first.
    """

    inbox: Inbox
    address: str
    name: str
    why: str
    thread_key: str = ""
    last_at: datetime | None = None
    free_until: datetime | None = None
    open: bool = True
    mode: Literal["", "public", "private"] = ""
    comment_id: str = ""
    spent: bool = False

    @property
    def traits(self) -> Traits:
        """What its channel can do."""
        return traits_of(self.inbox.kind)


def ways_of(ticket: Ticket, *, now: datetime) -> list[Way]:
    """Every way to answer on this ticket, best first: open ones before closed ones, the preferred channel, the one
    they used last, then what is known of them. Four queries however long the ticket is."""
    inboxes = {inbox.pk: inbox for inbox in active_inboxes()}
    if ticket.inbox_id not in inboxes:  # put away since; its tickets are still answered by it
        inboxes[ticket.inbox_id] = ticket.inbox
    used = _used(ticket, inboxes, now)
    known = _known(ticket, inboxes, {(w.inbox.kind, email_key(w.address)) for w in used}, now)
    preferred = ticket.customer.preferred_channel
    found = [*used, *known]
    latest = used[0] if used else None

    def rank(way: Way) -> tuple[bool, bool, int]:
        return (not way.open, way.inbox.kind != preferred if preferred else way is not latest, found.index(way))

    best = sorted(found, key=rank)
    return [_with_reason(way, preferred, latest) for way in best]


def _with_reason(way: Way, preferred: str, latest: Way | None) -> Way:
    if preferred and way.inbox.kind == preferred:
        return replace(way, why="asked")
    return replace(way, why="latest") if way is latest else way


def _used(ticket: Ticket, inboxes: dict[int, Inbox], now: datetime) -> list[Way]:
    """By which they wrote on this ticket, the latest first."""
    people = Q(customer_id=ticket.customer_id) | Q(customer__merged_into_id=ticket.customer_id)
    rows = Message.objects.filter(people, ticket=ticket, kind=Message.Kind.INCOMING, automatic=False).order_by("-id")
    found: dict[tuple[int, bool], Way] = {}
    shown = rows.values_list("inbox_id", "author_address", "author_name", "thread_key", "created_at", "external_id",
                             "extra__public")  # fmt: skip
    for inbox_id, address, name, thread_key, at, external_id, public in shown[:LOOKED_AT]:
        inbox = inboxes.get(inbox_id or ticket.inbox_id)
        if inbox is None or not address or is_ours(address, own_addresses()):
            continue
        if inbox.kind == "email":
            if "@" not in address:
                continue
            # Mail is answered from the ticket's own address, whichever of ours they wrote to.
            inbox = ticket.inbox if ticket.inbox.kind == "email" else inbox
        if (inbox.pk, bool(public)) in found:
            continue
        if public:
            found[inbox.pk, True] = Way(
                inbox, address, name, "used", thread_key, at, mode="public", comment_id=external_id
            )
            continue
        window = traits_of(inbox.kind).window
        until = at + window if window else None
        is_open = until is None or now < until
        found[inbox.pk, False] = Way(inbox, address, name, "used", thread_key, at, until, open=is_open)
    return _with_private(ticket, found, now)


def _with_private(ticket: Ticket, found: dict[tuple[int, bool], Way], now: datetime) -> list[Way]:
    """Beside each public way a private one: the talk they have with us in private, else one message to the writer of
    the latest comment. One query more, and only where somebody wrote in public."""
    comments = {pk: way for (pk, public), way in found.items() if public}
    if not comments:
        return list(found.values())
    listed: list[Way] = []
    spent = _answered_privately(ticket, [way.comment_id for way in comments.values()])
    for (pk, public), way in found.items():
        comment = comments.get(pk)
        listed.append(replace(way, mode="private") if comment is not None and not public else way)
        window = traits_of(way.inbox.kind).private_window
        if public and window and way.last_at and (pk, False) not in found:
            until, used = way.last_at + window, way.comment_id in spent
            opened = not used and now < until
            listed.append(
                replace(way, mode="private", thread_key=way.address, free_until=until, open=opened, spent=used)
            )
    return [replace(way, comment_id="") if way.mode == "public" else way for way in listed]


def _answered_privately(ticket: Ticket, comment_ids: list[str]) -> set[Any]:
    sent = Message.objects.filter(ticket=ticket, kind=Message.Kind.REPLY, extra__private=True)
    sent = sent.filter(extra__comment_id__in=comment_ids).exclude(delivery=Message.Delivery.FAILED)
    return set(sent.values_list("extra__comment_id", flat=True))


def _known(ticket: Ticket, inboxes: dict[int, Inbox], used: set[tuple[str, str]], now: datetime) -> list[Way]:
    """Addresses of theirs by which they did not write here, each by the inbox that suits it best."""
    found: list[Way] = []
    seen = set(used)
    for kind, address, name in _addresses(ticket):
        for inbox in _inboxes_for(kind, address, ticket, list(inboxes.values())):
            key = (inbox.kind, email_key(address))
            if key in seen or any(k == inbox.kind for k, _a in used):
                continue
            seen.add(key)
            window = traits_of(inbox.kind).window
            found.append(Way(inbox, address, name, "known", open=window is None))
    return found


def _addresses(ticket: Ticket) -> list[tuple[str, str, str]]:
    """(kind, address, name): the requester's place first, then the customer's contact points, working ones first."""
    place = Participant.objects.filter(ticket=ticket, kind=Participant.Kind.REQUESTER, removed_at=None).first()
    points = ContactPoint.objects.filter(customer_id=ticket.customer_id).order_by("bounced_at", "id")
    listed = [(p.kind, p.value, ticket.customer.name) for p in points[:50]]
    if place is not None and "@" in place.address:
        listed.insert(0, ("email", place.address, place.name))
    return listed


def _inboxes_for(kind: str, address: str, ticket: Ticket, inboxes: Sequence[Inbox]) -> list[Inbox]:
    """One inbox a channel that can begin a talk with such an address: the ticket's own, its team's, else the first.
    A handle ("telegram:123") is known on its own channel only."""
    fitting = [i for i in inboxes if traits_of(i.kind).identity == kind and traits_of(i.kind).starts]
    if kind == "handle":
        fitting = [i for i in fitting if i.kind == address.partition(":")[0]]
    fitting.sort(key=lambda i: (i.pk != ticket.inbox_id, i.team_id != ticket.team_id, i.pk))
    chosen: dict[str, Inbox] = {}
    for inbox in fitting:
        chosen.setdefault(inbox.kind, inbox)
    return list(chosen.values())
