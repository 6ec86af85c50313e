"""Tickets as lists show them: plain values of just the columns that a row needs, three times faster than objects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet

from hospes.core.actors import Actor
from hospes.tickets.models import Status, Ticket
from hospes.tickets.queries.lists import TicketFilter, _conditions, keyset, make_cursor, visible


@dataclass(frozen=True, slots=True)
class Listed:
    """One ticket of a list, its neighbours' names with it."""

    pk: int
    number: str
    subject: str
    category: str
    active: bool
    priority: int
    channel: str
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    promised_at: datetime | None
    first_response_at: datetime | None
    due_at: datetime | None
    snoozed_until: datetime | None
    last_words: str
    last_from_customer: bool
    last_message_id: int | None
    assignee_id: int | None
    assignee_name: str | None
    customer_name: str
    vip: bool
    status_name: str

    @property
    def status_label(self) -> str:
        """The status in the reader's language."""
        return Status(name=self.status_name, category=self.category).label


_COLUMNS = (
    "pk", "number", "subject", "category", "active", "priority", "channel", "created_at", "updated_at", "waiting_since",
    "promised_at", "first_response_at", "due_at", "snoozed_until", "last_words", "last_from_customer",
    "last_message_id", "assignee_id", "assignee__name", "customer__name", "customer__vip", "status__name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of a list and the cursor of the next one (None at the end)."""

    items: list[Listed]
    next: str | None = None


def _listed(found: "QuerySet[Ticket]") -> list[Listed]:
    return _named([Listed(*row) for row in found.values_list(*_COLUMNS)])


def _named(rows: list[Listed]) -> list[Listed]:
    """Who has told no name (a text message has none) is listed by their number or e-mail address: one query for all
    of them, none where everybody has a name."""
    nameless = [row.pk for row in rows if not row.customer_name]
    if not nameless:
        return rows
    known = dict(
        Ticket.objects.filter(pk__in=nameless, customer__contact_points__kind__in=("email", "phone"))
        .order_by("-customer__contact_points__pk")
        .values_list("pk", "customer__contact_points__value")
    )
    return [replace(row, customer_name=row.customer_name or known.get(row.pk, "")) for row in rows]


def list_page(actor: Actor, wanted: TicketFilter, *, cursor: str | None = None, limit: int = 50) -> RowPage:
    """A page by keyset, as list_tickets gives it. Raises InvalidInput for a bad cursor."""
    found, column = keyset(actor, wanted, cursor)
    items = _listed(found[: limit + 1])
    more = len(items) > limit
    items = items[:limit]
    return RowPage(items, make_cursor(getattr(items[-1], column), items[-1].pk) if more else None)


def listed_now(actor: Actor, wanted: TicketFilter, ids: Sequence[int]) -> list[Listed]:
    """Which of these tickets belong to a list now: what a live list asks after something happened."""
    return _listed(
        visible(actor).filter(_conditions(replace(wanted, order="-updated_at")), pk__in=list(ids)[:200]).order_by()
    )


def listed_of(tickets: Iterable[Ticket]) -> list[Listed]:
    """Loaded tickets (with customer, assignee and status) as rows."""
    return [
        Listed(
            t.pk,
            t.number,
            t.subject,
            t.category,
            t.active,
            t.priority,
            t.channel,
            t.created_at,
            t.updated_at,
            t.waiting_since,
            t.promised_at,
            t.first_response_at,
            t.due_at,
            t.snoozed_until,
            t.last_words,
            t.last_from_customer,
            t.last_message_id,
            t.assignee_id,
            t.assignee.name if t.assignee else None,
            t.customer.name,
            t.customer.vip,
            t.status.name,
        )
        for t in tickets
    ]
