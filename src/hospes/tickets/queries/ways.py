"""By which channels a customer can be answered on a ticket, the best first, with the reason."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from hospes.customers.models import ContactPoint, Customer
from hospes.customers.policies import contact_key, email_key
from hospes.customers.queries import points_of_person, records_of
from hospes.tickets.models import Inbox, Message, Participant, Ticket
from hospes.tickets.policies import is_ours
from hospes.tickets.ways import Traits, all_traits, is_mute, stopped, traits_of

FRESH = timedelta(hours=12)
LOOKED_AT = 200  # of the latest incoming messages: of the ticket, and of the person on other channels


@dataclass(frozen=True, slots=True)
class Way:
    """One way to answer. `why`: asked (the customer prefers it), latest (they wrote by it last), used, known (an
    address of theirs). `free_until` is when the reply window closes (None: never); a closed way takes templates only.

    `mode` is "" except where they wrote in public: "public" for an answer that anybody can read, "private" for a
    message to them alone (then one inbox has two ways: `reply(via=, private=)` chooses). `comment_id`: the private
    message answers this comment, which can be done once; `spent`: it was done, and they have to write back first.
    `stopped`: they asked for no more messages there.
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
    stopped: bool = False

    @property
    def traits(self) -> Traits:
        """What its channel can do."""
        return traits_of(self.inbox.kind)

    @property
    def usable(self) -> bool:
        """Whether anything can be sent by it now, if only a template."""
        return not (self.stopped or self.spent) and (self.open or self.traits.templates)


def ways_of(
    ticket: Ticket,
    *,
    now: datetime,
    places: Iterable[Participant] | None = None,
    points: Sequence[ContactPoint] | None = None,
) -> list[Way]:
    """Every way to answer on this ticket, best first (see in_order): the preferred channel, the one they used last,
    then what is known of them. The number of queries does not depend on how long anything is;
    `places` (the ticket's participants) and `points` (see points_of_person) are given where the caller has them."""
    person = _person(ticket)
    every = {inbox.pk: inbox for inbox in Inbox.objects.all()}
    ours = frozenset(i.address.casefold() for i in every.values() if i.kind == "email")
    # An inbox that was put away since: its tickets are still answered by it.
    inboxes = {pk: i for pk, i in every.items() if i.archived_at is None or pk == ticket.inbox_id}
    said = _said(ticket, person, inboxes, ours)
    place = _requester(ticket, places, ours)
    own = points if points is not None else points_of_person(person)
    foreign = _foreign(person, own, [address for _pk, address, *_rest in said] + ([place.address] if place else []))
    used = _used(ticket, [row for row in said if _key(row[1]) not in foreign], inboxes, now)
    listed = [(p.kind, p.value, person.name) for p in own[:50]]
    if place is not None and _key(place.address) not in foreign:
        listed.insert(0, ("email", place.address, place.name))
    beside = _beside(ticket, person, inboxes) if any(i.kind != "email" for i in inboxes.values()) else {}
    found = [*used, *_known(ticket, inboxes, listed, used, beside, now)]
    preferred = "" if _there_now(person, used, now) else person.preferred_channel
    return in_order(_without_stopped(found), preferred=preferred, latest=used[0] if used else None)


def _there_now(person: Customer, used: Sequence[Way], now: datetime) -> bool:
    """Whether they have just written: what was merely learned says less than where they are at this moment."""
    at = used[0].last_at if used else None
    return person.preferred_by == "learned" and at is not None and now - at < FRESH


def in_order(found: Sequence[Way], *, preferred: str, latest: Way | None) -> list[Way]:
    """Best first, each with its reason: what can be used freely, then what takes a template, then what is said aloud
    without their having asked for it, then what is shut."""

    def rank(way: Way) -> tuple[bool, bool, bool, bool, int]:
        shut = way.stopped or way.spent or not way.open
        suits = way.inbox.kind == preferred if preferred else _same(way, latest)
        aloud = way.traits.spoken and not (suits and preferred)  # a call instead of words is nobody's default
        return (not way.usable, aloud, shut, not suits, found.index(way))

    return [_with_reason(way, preferred, latest) for way in sorted(found, key=rank)]


def _same(way: Way, other: Way | None) -> bool:
    return other is not None and (way.inbox.pk, way.mode, way.address) == (other.inbox.pk, other.mode, other.address)


def _with_reason(way: Way, preferred: str, latest: Way | None) -> Way:
    if preferred and way.inbox.kind == preferred:
        return replace(way, why="asked")
    return replace(way, why="latest") if _same(way, latest) else way


def _without_stopped(found: list[Way]) -> list[Way]:
    """Those who asked for no more messages are marked: the agent sees why this way is shut."""
    shut = stopped({(way.inbox.pk, way.address) for way in found if way.inbox.kind != "email"})
    return [replace(way, stopped=True) if (way.inbox.pk, way.address) in shut else way for way in found]


def _person(ticket: Ticket) -> Customer:
    """The record that is left after merging."""
    return ticket.customer.merged_into or ticket.customer if ticket.customer.merged_into_id else ticket.customer


def _key(address: str) -> tuple[str, str]:
    """An address as a contact point would keep it."""
    handle = ":" in address.partition("@")[0]
    kind = "phone" if address.startswith("+") else "email" if "@" in address and not handle else "handle"
    return kind, contact_key(kind, address)[:340]


def _foreign(person: Customer, own: Sequence[ContactPoint], addresses: Sequence[str]) -> set[tuple[str, str]]:
    """Which of these addresses are somebody else's by now: a number is given out again, and an answer must not go to
    whoever has it today. No query while all of them are the person's own."""
    asked = {_key(address) for address in addresses} - {(p.kind, p.key) for p in own}
    if not asked:
        return set()
    rows = ContactPoint.objects.filter(kind__in={k for k, _value in asked}, key__in={key for _kind, key in asked})
    others = rows.exclude(customer_id__in=records_of(person)).values_list("kind", "key")
    return set(others) & asked


def _requester(ticket: Ticket, places: Iterable[Participant] | None, ours: Collection[str]) -> Participant | None:
    """The place of whoever asked, if it is a mailbox and none of ours."""
    if places is None:
        places = Participant.objects.filter(ticket=ticket, kind=Participant.Kind.REQUESTER, removed_at=None)[:1]
    for place in places:
        if place.kind == Participant.Kind.REQUESTER and "@" in place.address and not is_ours(place.address, ours):
            return place
    return None


_Row = tuple[int, str, str, str, datetime, str, bool]


def _said(ticket: Ticket, person: Customer, inboxes: Mapping[int, Inbox], ours: Collection[str]) -> list[_Row]:
    """By which they wrote on this ticket, the latest first: (inbox id, address, name, thread, when, id, public)."""
    rows = Message.objects.filter(
        customer_id__in=records_of(person), ticket=ticket, kind=Message.Kind.INCOMING, automatic=False
    ).order_by("-id")
    shown = rows.values_list("inbox_id", "author_address", "author_name", "thread_key", "created_at", "external_id",
                             "extra__public")  # fmt: skip
    found: list[_Row] = []
    for inbox_id, address, name, thread_key, at, external_id, public in shown[:LOOKED_AT]:
        pk = inbox_id or ticket.inbox_id
        if pk in inboxes and address and not is_ours(address, ours) and not is_mute(inboxes[pk].kind):
            found.append((pk, address, name, thread_key, at, external_id, bool(public)))
    return found


def _used(ticket: Ticket, said: Sequence[_Row], inboxes: Mapping[int, Inbox], now: datetime) -> list[Way]:
    found: dict[tuple[int, bool], Way] = {}
    for pk, address, name, thread_key, at, external_id, public in said:
        inbox = inboxes[pk]
        if inbox.kind == "email":
            if "@" not in address:
                continue
            # Mail is answered from the ticket's own address, whichever of ours they wrote to.
            own = inboxes[ticket.inbox_id]
            inbox = own if own.kind == "email" else inbox
        if (inbox.pk, public) in found:
            continue
        if public:
            found[inbox.pk, True] = Way(
                inbox, address, name, "used", thread_key, at, mode="public", comment_id=_private_to(external_id)
            )
            continue
        window = traits_of(inbox.kind).window
        until = at + window if window else None
        is_open = until is None or now < until
        found[inbox.pk, False] = Way(inbox, address, name, "used", thread_key, at, until, open=is_open)
    return _with_private(ticket, found, now)


def _private_to(external_id: str) -> str:
    """What a private answer would be to; none for a mention of us below somebody else's post."""
    return "" if external_id.startswith("mention:") else external_id


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
        if public and window and way.last_at and way.comment_id and (pk, False) not in found:
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


def _beside(ticket: Ticket, person: Customer, inboxes: Mapping[int, Inbox]) -> dict[tuple[int, str], _Row]:
    """What they last wrote by other channels on other tickets, by (inbox id, address folded): a talk that goes on
    there, and a reply window that may be open because of it. The person's latest messages only."""
    rows = Message.objects.filter(customer_id__in=records_of(person), kind=Message.Kind.INCOMING, automatic=False)
    rows = rows.exclude(ticket=ticket).exclude(channel="email").order_by("-id")
    found: dict[tuple[int, str], _Row] = {}
    shown = rows.values_list("inbox_id", "author_address", "author_name", "thread_key", "created_at", "external_id",
                             "extra__public")  # fmt: skip
    for pk, address, name, thread_key, at, external_id, public in shown[:LOOKED_AT]:
        if pk is not None and pk in inboxes and inboxes[pk].kind != "email" and address and not public:
            found.setdefault((pk, email_key(address)), (pk, address, name, thread_key, at, external_id, False))
    return found


def _known(
    ticket: Ticket,
    inboxes: Mapping[int, Inbox],
    listed: Sequence[tuple[str, str, str]],
    used: Sequence[Way],
    beside: Mapping[tuple[int, str], _Row],
    now: datetime,
) -> list[Way]:
    """Addresses of theirs by which they did not write here, each by the inbox that suits it best."""
    found: list[Way] = []
    seen = {(way.inbox.kind, email_key(way.address)) for way in used}
    done = {way.inbox.kind for way in used}
    for kind, address, name in listed:
        for inbox in _inboxes_for(kind, address, ticket, list(inboxes.values()), beside):
            key = (inbox.kind, email_key(address))
            if key in seen or inbox.kind in done:
                continue
            seen.add(key)
            window, before = traits_of(inbox.kind).window, beside.get((inbox.pk, email_key(address)))
            at, thread_key = (before[4], before[3]) if before else (None, "")
            until = at + window if at and window else None
            is_open = window is None or (until is not None and now < until)
            found.append(Way(inbox, address, name, "known", thread_key, at, until, open=is_open))
    return found


def _inboxes_for(
    kind: str,
    address: str,
    ticket: Ticket,
    inboxes: Sequence[Inbox],
    beside: Mapping[tuple[int, str], _Row],
) -> list[Inbox]:
    """One inbox a channel that can write to such an address: where they have a talk already, the ticket's own, its
    team's, else the first. A handle ("telegram:123") is known on its own channel only; a channel on which we may not
    write first is one only where they wrote to us."""
    met = {pk for pk, spoken in beside if spoken == email_key(address)}
    fitting = [i for i in inboxes if traits_of(i.kind).identity == kind and (traits_of(i.kind).starts or i.pk in met)]
    fitting = [i for i in fitting if not is_mute(i.kind)]
    if kind == "handle":
        fitting = [i for i in fitting if i.kind == address.partition(":")[0]]
    fitting.sort(key=lambda i: (i.pk not in met, i.pk != ticket.inbox_id, i.team_id != ticket.team_id, i.pk))
    chosen: dict[str, Inbox] = {}
    for inbox in fitting:
        chosen.setdefault(inbox.kind, inbox)
    return list(chosen.values())


def reachable_by(customer: Customer) -> list[tuple[str, str]]:
    """(kind, name in the reader's language) of the channels in use by which a customer could be answered: for which we
    know an address of theirs. Two queries."""
    points = points_of_person(customer)
    have = {p.kind for p in points}
    handles = {p.value.partition(":")[0] for p in points if p.kind == "handle"}
    in_use = set(Inbox.objects.filter(archived_at=None).values_list("kind", flat=True))
    found = []
    for kind, traits in all_traits().items():
        usable = kind in in_use and not traits.spoken and (kind in handles or traits.identity in have - {"handle"})
        if usable or kind == customer.preferred_channel:
            found.append((kind, str(traits.label)))
    return found
