"""A ticket as a row of the list: every decision is made here, so that the template only prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hospes.desk.shapes.times import span
from hospes.tickets.models import Ticket

CHANNEL_ICONS = {
    "email": "mail",
    "form": "globe",
    "portal": "circle-user",
    "chat": "message-circle",
    "phone": "phone",
    "desk": "pencil",
    "api": "zap",
}
STATUS_ICONS = {
    "new": "circle-dot",
    "open": "circle",
    "waiting": "clock",
    "on_hold": "circle-pause",
    "solved": "circle-check",
    "closed": "archive",
}
SOON = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Due:
    """The time a row shows: since when somebody waits, coloured by the promise; `word` says what the colour says."""

    at: datetime | None = None
    words: str = ""
    kind: str = ""
    word: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    id: int
    number: str
    shown_number: str
    who: str
    subject: str
    words: str
    channel_icon: str
    due: Due
    order: str
    classes: str
    unread: bool
    vip: bool
    priority: int
    status_icon: str
    status_label: str
    category: str
    assignee: str
    assignee_id: int | None


def due_of(ticket: Ticket, *, now: datetime) -> Due:
    """What to say about time: snoozed until, waiting since, or last touched."""
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        left = (ticket.snoozed_until - now).total_seconds()
        return Due(ticket.snoozed_until, span(left), "snoozed", _("comes back in"))
    if ticket.waiting_since is None or not ticket.active:
        return Due(ticket.updated_at, span((now - ticket.updated_at).total_seconds()), "", "")
    words = span((now - ticket.waiting_since).total_seconds())
    if ticket.promised_at is not None and ticket.first_response_at is None:
        if ticket.promised_at < now:
            return Due(ticket.waiting_since, words, "late", _("late, waiting for"))
        if ticket.promised_at - now < SOON:
            return Due(ticket.waiting_since, words, "soon", _("due soon, waiting for"))
    return Due(ticket.waiting_since, words, "waits", _("waiting for"))


def row_of(ticket: Ticket, *, now: datetime, seen: int | None, me: int | None, order: str = "") -> Row:
    """One ticket as a row; `seen` is the last message that the agent saw of it."""
    unread = ticket.last_from_customer and (ticket.last_message_id or 0) > (seen or 0) and ticket.active
    assignee = ticket.assignee
    return Row(
        id=ticket.pk,
        number=ticket.number,
        shown_number=ticket.shown_number,
        who=ticket.customer.name or _("Somebody without a name"),
        subject=ticket.subject or _("(no subject)"),
        words=ticket.last_words,
        channel_icon=CHANNEL_ICONS.get(ticket.channel, "message-square"),
        due=due_of(ticket, now=now),
        order=order,
        classes="unread" if unread else "",
        unread=unread,
        vip=ticket.customer.vip,
        priority=ticket.priority,
        status_icon=STATUS_ICONS.get(ticket.category, "circle"),
        status_label=ticket.status.label,
        category=ticket.category,
        assignee=assignee.name if assignee and assignee.pk != me else "",
        assignee_id=assignee.pk if assignee else None,
    )


def rows_of(
    tickets: Iterable[Ticket], *, now: datetime, seen: Mapping[int, int], me: int | None, order: str = "-updated_at"
) -> list[Row]:
    """Tickets as rows; `order` names the column by which the list is kept, so that live rows find their place."""
    column = order.removeprefix("-")
    found = []
    for ticket in tickets:
        value = getattr(ticket, column)
        key = f"{value:020d}" if isinstance(value, int) else value.isoformat() if value else ""
        found.append(row_of(ticket, now=now, seen=seen.get(ticket.pk), me=me, order=key))
    return found
