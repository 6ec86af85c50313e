"""Pages of tickets as plain rows for the API: no model instances, one query a page."""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import OuterRef, QuerySet, TextField
from django.db.models.functions import Cast

from hospes.core.actors import Actor
from hospes.tickets.models import Ticket
from hospes.tickets.queries.lists import TicketFilter, keyset, make_cursor, search_tickets
from hospes.tickets.queries.screen import still_listed

# Lists hand times out as PostgreSQL writes them (2026-05-04 12:00:00.5+00): reading four hundred of them into objects
# to write them again takes a fifth of a page's time.
Moment = datetime | str


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
    created_at: Moment
    updated_at: Moment
    waiting_since: Moment | None
    first_response_at: Moment | None
    solved_at: Moment | None
    closed_at: Moment | None
    promised_at: Moment | None
    due_at: Moment | None
    first_response_due_at: Moment | None
    next_response_due_at: Moment | None
    resolution_due_at: Moment | None
    snoozed_until: Moment | None
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
FIELDS = COLUMNS.index("fields")
TIMES = (
    "created_at", "updated_at", "waiting_since", "first_response_at", "solved_at", "closed_at", "promised_at",
    "due_at", "first_response_due_at", "next_response_due_at", "resolution_due_at", "snoozed_until",
)  # fmt: skip


def _reach(ticket: Ticket, column: str) -> Any:
    name, _under, rest = column.partition("__")
    value = getattr(ticket, name)
    return getattr(value, rest) if rest and value is not None else value


def list_rows(
    actor: Actor, wanted: TicketFilter, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[TicketRow], str | None]:
    """(a page by keyset, the next cursor); the same list as `list_tickets`. Raises InvalidInput for a bad cursor."""
    actor.require("desk.enter")
    if cursor is None and wanted.customer is None:
        own = actor.own_id if actor.team_ids is not None else 0
        sql, parameters, column = _first_page(actor.team_ids, own, wanted, limit)
        with connection.cursor() as database:
            database.execute(sql, parameters)
            rows = [TicketRow._make(_with_fields(row)) for row in database.fetchall()]
    else:
        found, column = keyset(actor, wanted, cursor)
        rows = [TicketRow._make(row) for row in _columns(found)[: limit + 1]]
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, make_cursor(getattr(rows[-1], column), rows[-1].id) if more else None


def _columns(found: QuerySet[Ticket]) -> QuerySet[Ticket, tuple[Any, ...]]:
    """What a TicketRow is made of, the tags as an array: a second query would cost a fifth of the time."""
    held = Ticket.tags.through._default_manager.filter(ticket_id=OuterRef("pk")).order_by("tag__name")
    times = {f"{name}_text": Cast(name, TextField()) for name in TIMES}
    columns = [f"{name}_text" if name in TIMES else name for name in COLUMNS]
    return found.annotate(tag_names=ArraySubquery(held.values("tag__name")), **times).values_list(*columns, "tag_names")


@lru_cache(maxsize=512)
def _first_page(
    team_ids: frozenset[int] | None, own_id: int, wanted: TicketFilter, limit: int
) -> tuple[str, tuple[Any, ...], str]:
    """(SQL, its parameters, the column of the cursor) of a list's first page. First pages of the same few lists are
    asked for all day, and putting the SQL together takes longer than running it."""
    asker = Actor(kind="system", id=own_id, team_ids=team_ids)
    found, column = keyset(asker, wanted, None)
    sql, parameters = _columns(found)[: limit + 1].query.sql_with_params()
    return sql, tuple(parameters), column


def _with_fields(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of a plain cursor, which hands JSON out as text."""
    text = row[FIELDS]
    return (*row[:FIELDS], {} if text == "{}" else json.loads(text), *row[FIELDS + 1 :])


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
