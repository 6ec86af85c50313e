"""A ticket as a row of the list: every decision is made here, so that the template only prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hospes.core.templatetags.look import initials
from hospes.desk.shapes.times import span
from hospes.tickets.models import Priority, Ticket

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

    iso: str = ""
    words: str = ""
    kind: str = ""
    word: str = ""


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
    assignee_initials: str
    assignee_hue: int
    priority_word: str


def due_of(ticket: Ticket, *, now: datetime) -> Due:
    """What to say about time: snoozed until, waiting since, or last touched."""
    if ticket.snoozed_until is not None and ticket.snoozed_until > now:
        return _due(ticket.snoozed_until, now, "snoozed", _("comes back in"))
    if ticket.waiting_since is None or not ticket.active:
        return _due(ticket.updated_at, now)
    if ticket.promised_at is not None and ticket.first_response_at is None:
        if ticket.promised_at < now:
            return _due(ticket.waiting_since, now, "late", _("late, waiting for"))
        if ticket.promised_at - now < SOON:
            return _due(ticket.waiting_since, now, "soon", _("due soon, waiting for"))
    return _due(ticket.waiting_since, now, "waits", _("waiting for"))


def _due(at: datetime, now: datetime, kind: str = "", word: str = "") -> Due:
    return Due(at.isoformat(), span((now - at).total_seconds()), kind, word)


def row_of(ticket: Ticket, *, now: datetime, seen: int | None, me: int | None, order: str = "") -> Row:
    """One ticket as a row; `seen` is the last message that the agent saw of it."""
    unread = ticket.last_from_customer and (ticket.last_message_id or 0) > (seen or 0) and ticket.active
    assignee = ticket.assignee
    shown = assignee is not None and assignee.pk != me
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
        assignee=assignee.name if shown else "",
        assignee_initials=initials(assignee.name) if assignee and shown else "",
        assignee_hue=assignee.pk % 8 if assignee else 0,
        priority_word=str(ticket.get_priority_display()) if ticket.priority > Priority.NORMAL else "",
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
