"""Pages of tickets as plain rows for the API: no model instances, two queries a page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hospes.core.actors import Actor
from hospes.tickets.models import Ticket
from hospes.tickets.queries.lists import TicketFilter, keyset, make_cursor, search_tickets
from hospes.tickets.queries.screen import still_listed


class TicketRow(NamedTuple):
    """A ticket as lists need it; the first fields are COLUMNS in order."""

    id: int
    number: str
    subject: str
    category: str
    status_id: int
    status_name: str
    priority: int
    type: str
    assignee_id: int | None
    assignee_name: str | None
    team_id: int | None
    team_name: str | None
    customer_id: int
    customer_name: str
    customer_vip: bool
    inbox_id: int
    channel: str
    language: str
    fields: dict[str, Any]
    spam: bool
    last_words: str
    last_from_customer: bool
    message_count: int
    version: int
    created_at: datetime
    updated_at: datetime
    waiting_since: datetime | None
    first_response_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    promised_at: datetime | None
    snoozed_until: datetime | None
    tags: list[str]

    @classmethod
    def of(cls, ticket: Ticket) -> "TicketRow":
        """The row of a ticket that was loaded whole, with its neighbours and tags."""
        values = [_reach(ticket, column) for column in COLUMNS]
        return cls._make([*values, sorted(tag.name for tag in ticket.tags.all())])


_LONG = {
    "status_name": "status__name",
    "assignee_name": "assignee__name",
    "team_name": "team__name",
    "customer_name": "customer__name",
    "customer_vip": "customer__vip",
}
COLUMNS = tuple(_LONG.get(name, name) for name in TicketRow._fields[:-1])


def _reach(ticket: Ticket, column: str) -> Any:
    name, _under, rest = column.partition("__")
    value = getattr(ticket, name)
    return getattr(value, rest) if rest and value is not None else value


def list_rows(
    actor: Actor, wanted: TicketFilter, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[TicketRow], str | None]:
    """(a page by keyset, the next cursor); the same list as `list_tickets`. Raises InvalidInput for a bad cursor."""
    found, column = keyset(actor, wanted, cursor)
    values = list(found.values_list(*COLUMNS)[: limit + 1])
    more = len(values) > limit
    values = values[:limit]
    tags = _tags([row[0] for row in values])
    rows = [TicketRow._make([*row, tags.get(row[0], [])]) for row in values]
    return rows, make_cursor(getattr(rows[-1], column), rows[-1].id) if more else None


def _tags(ids: Sequence[int]) -> dict[int, list[str]]:
    if not ids:
        return {}
    found: dict[int, list[str]] = {}
    pairs = Ticket.tags.through.objects.filter(ticket_id__in=ids).order_by("tag__name")
    for ticket_id, name in pairs.values_list("ticket_id", "tag__name"):
        found.setdefault(ticket_id, []).append(name)
    return found


def search_rows(
    actor: Actor, text: str, wanted: TicketFilter | None = None, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[TicketRow], str | None]:
    """(a page of the desk's full-text search, the next cursor).

    With a filter, those that do not fit it are left out of the page, so a page may be short and still have a next.
    """
    page = search_tickets(actor, text, cursor=cursor, limit=limit)
    items = page.items
    if wanted is not None and items:
        fitting = {ticket.pk for ticket in still_listed(actor, wanted, [ticket.pk for ticket in items])}
        items = [ticket for ticket in items if ticket.pk in fitting]
    return [TicketRow.of(ticket) for ticket in items], page.next
