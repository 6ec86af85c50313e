"""Requests and their messages as the customer's pages print them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hospes.core.html import clean_html
from hospes.customers.models import Customer
from hospes.portal.uploads import File, file_of
from hospes.tickets.models import Message, Ticket

MAX_LINKED: Final = 20_000
_RICH = re.compile(r"<(img|table|ul|ol|h[1-6]|pre)\b", re.I)

ICONS: Final = {
    "new": "circle-check",
    "open": "circle-dot",
    "waiting": "reply",
    "on_hold": "circle-pause",
    "solved": "badge-check",
    "closed": "archive",
}


@dataclass(frozen=True, slots=True)
class State:
    """How far a request is, in the customer's words."""

    label: str
    kind: str
    icon: str
    settled: bool
    closed: bool


def state_of(ticket: Ticket) -> State:
    """The state behind a ticket's status; a company's own status names stay inside the house."""
    words = {
        "new": _("We have it"),
        "open": _("We are on it"),
        "waiting": _("Your answer is needed"),
        "on_hold": _("We are waiting for something"),
        "solved": _("Settled"),
        "closed": _("Closed"),
    }
    kinds = {"waiting": "warn", "solved": "good", "new": "info", "open": "accent"}
    category = str(ticket.category)
    return State(
        label=words.get(category, words["open"]),
        kind=kinds.get(category, ""),
        icon=ICONS.get(category, "circle-dot"),
        settled=category in {"solved", "closed"},
        closed=category == "closed",
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A request in the list."""

    number: str
    shown_number: str
    subject: str
    state: State
    at: datetime


def line_of(ticket: Ticket) -> Line:
    """A ticket as a line."""
    return Line(ticket.number, ticket.shown_number, ticket.subject, state_of(ticket), ticket.created_at)


@dataclass(frozen=True, slots=True)
class Words:
    """A message: from whom, when, what, and how it is safely shown."""

    id: int
    ours: bool
    mine: bool
    automatic: bool
    by: str
    at: datetime
    framed: bool
    html: SafeString
    text: SafeString
    quoted: SafeString
    files: tuple[File, ...]


def plain(text: str) -> SafeString:
    """Typed text as HTML: escaped, with links that open elsewhere."""
    if len(text) > MAX_LINKED:
        return mark_safe(escape(text))
    linked = urlize(text, nofollow=True, autoescape=True)
    return mark_safe(
        linked.replace("<a href", '<a target="_blank" href').replace("nofollow", "nofollow noopener noreferrer")
    )


def words_of(message: Message, *, reader: Customer, company: str) -> Words:
    """One message for one reader. HTML from outside stands in a sandboxed document of its own."""
    ours = message.kind == Message.Kind.REPLY
    framed = not ours and bool(message.html) and _RICH.search(message.html) is not None
    mine = not ours and message.customer_id == reader.pk
    return Words(
        id=message.pk,
        ours=ours,
        mine=mine,
        automatic=message.automatic,
        by=_("You") if mine else message.author_name or (company if ours else message.author_address),
        at=message.created_at,
        framed=framed,
        html=mark_safe(clean_html(message.html)) if ours and message.html else SafeString(""),
        text=plain(message.text),
        quoted=SafeString("") if ours else plain(message.quoted),
        files=tuple(file_of(a) for a in message.attachments.all() if not (a.inline and framed)),
    )


def talk_of(messages: Iterable[Message], *, reader: Customer, company: str) -> list[Words]:
    """All messages in order."""
    return [words_of(message, reader=reader, company=company) for message in messages]


def holder_of(ticket: Ticket) -> str:
    """Who has the request now: a person, else the team, else the inbox."""
    if ticket.assignee is not None and ticket.assignee.is_active:
        return ticket.assignee.name
    return ticket.team.name if ticket.team is not None else ticket.inbox.name


def promise_of(ticket: Ticket) -> datetime | None:
    """By when we promised to answer, while the customer waits: the first answer always, later ones where service levels
    promise them."""
    if not ticket.active or ticket.waiting_since is None:
        return None
    return ticket.promised_at if ticket.first_response_at is None else ticket.next_response_due_at
