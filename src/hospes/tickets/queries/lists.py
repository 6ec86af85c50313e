"""Lists of tickets: filters, keyset pages, the desk's views and their counts, full-text search."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.text import storable
from hospes.customers.queries import same_person
from hospes.tickets.models import SavedView, Ticket
from hospes.tickets.policies import ACTIVE, plain_number
from hospes.tickets.queries.filters import ORDERS, TicketFilter, filter_of
from hospes.tickets.searching import parse_query

COUNT_CAP: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """A page of tickets and the cursor of the next one (None at the end)."""

    items: list[Ticket] = field(default_factory=list)
    next: str | None = None


def visible(actor: Actor) -> QuerySet[Ticket]:
    """The tickets an actor at the desk may see; the same rule as policies.agent_may_see."""
    actor.require("desk.enter")
    found = Ticket.objects.all()
    if actor.team_ids is not None:
        found = found.filter(Q(team_id__in=actor.team_ids) | Q(assignee_id=actor.id))
    return found


def _word(value: str) -> str | None:
    """None for any; what no database can hold is not to be found, and no fault."""
    return (storable(value) or "\ufffd") if value else None


def _conditions(wanted: TicketFilter) -> Q:
    q = Q(merged_into=None)
    equal: dict[str, Any] = {
        "active": wanted.active,
        "status_id": wanted.status,
        "customer_id__in": None if wanted.customer is None else same_person(wanted.customer),
        "inbox_id": wanted.inbox,
        "channel": _word(wanted.channel),
        "language": _word(wanted.language),
        "priority": wanted.priority,
        "type": _word(wanted.type),
        "spam": wanted.spam,
        "updated_at__gte": wanted.updated_since,
        "created_at__gte": wanted.created_since,
        "customer__vip": wanted.vip,
        "tags__name": _word(wanted.tag),
        "category__in": wanted.category or None,
        "team_id__in": wanted.teams or None,
    }
    for name, value in equal.items():
        if value is not None:
            q &= Q(**{name: value})
    for name, person in (("assignee_id", wanted.assignee), ("team_id", wanted.team)):
        if person is not None:
            q &= Q(**{name: person}) if person else Q(**{f"{name}__isnull": True})
    if wanted.snoozed is not None:
        q &= Q(snoozed_until__isnull=not wanted.snoozed)
    return q


def keyset(actor: Actor, wanted: TicketFilter, cursor: str | None) -> tuple[QuerySet[Ticket], str]:
    """(the tickets of a list from the cursor on, in order; the column that the next cursor is made of)."""
    if wanted.order not in ORDERS:
        raise InvalidInput(_("Order by one of: %(names)s.") % {"names": ", ".join(ORDERS)}, field="order")
    column, descending = ORDERS[wanted.order]
    sign = "-" if descending else ""
    found = visible(actor).filter(_conditions(wanted))
    if column in {"waiting_since", "due_at"}:  # those without one are not in such a list
        found = found.filter(**{f"{column}__isnull": False})
    if cursor:
        value, pk = _read_cursor(cursor, column)
        step = "lt" if descending else "gt"
        # The first condition alone lets the index find the place; the second settles ties.
        found = found.filter(**{f"{column}__{step}e": value}).filter(
            Q(**{f"{column}__{step}": value}) | Q(**{f"id__{step}": pk})
        )
    return found.order_by(f"{sign}{column}", f"{sign}id"), column


def list_tickets(
    actor: Actor, wanted: TicketFilter, *, cursor: str | None = None, limit: int = 50, with_tags: bool = True
) -> Page:
    """A page by keyset: the work grows with the page, not with the table. Raises InvalidInput for a bad cursor."""
    found, column = keyset(actor, wanted, cursor)
    found = found.select_related("customer", "assignee", "team", "status")
    if with_tags:
        found = found.prefetch_related("tags")
    items = list(found[: limit + 1])
    more = len(items) > limit
    items = items[:limit]
    return Page(items, make_cursor(getattr(items[-1], column), items[-1].pk) if more else None)


def make_cursor(value: Any, pk: int) -> str:
    """The opaque place after a row: the value that the list is ordered by, and the row's id."""
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, pk]).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, column: str) -> tuple[Any, int]:
    try:
        if len(cursor) > 200:
            raise ValueError
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if column != "priority":
            value = parse_datetime(value)
            if value is None or value.tzinfo is None:
                raise ValueError
        elif not isinstance(value, int):
            raise TypeError
        if not isinstance(pk, int) or abs(pk) > 2**62:
            raise TypeError
    except (ValueError, TypeError):
        raise InvalidInput(_("Give back the cursor exactly as it was handed out."), field="cursor") from None
    return value, pk


def view_filter(actor: Actor, key: str) -> TicketFilter:
    """The filter behind a view of the desk: mine, unassigned, team, open, snoozed, solved, spam, all, team-<id>,
    saved-<id>. Raises InvalidInput for another name."""
    own = tuple(sorted(_own_teams(actor))) if key == "team" else ()
    views = {
        "mine": TicketFilter(active=True, assignee=actor.id, snoozed=False),
        "unassigned": TicketFilter(active=True, assignee=0, snoozed=False),
        "team": TicketFilter(active=True, teams=own, snoozed=False),
        "open": TicketFilter(active=True, snoozed=False),
        "snoozed": TicketFilter(active=True, snoozed=True),
        "solved": TicketFilter(category=("solved", "closed"), spam=False),
        "spam": TicketFilter(spam=True),
        "all": TicketFilter(),
    }
    if key in views:
        return views[key]
    prefix, _dash, number = key.partition("-")
    if prefix == "team" and number.isdecimal() and len(number) < 19:
        return TicketFilter(active=True, team=int(number), snoozed=False)
    if prefix == "saved" and number.isdecimal() and len(number) < 19:
        saved = saved_views(actor).filter(pk=int(number)).first()
        if saved is not None:
            return filter_of(saved.filters)
    raise InvalidInput(_("There is no such view."), field="view")


def _own_teams(actor: Actor) -> Sequence[int]:
    from hospes.staff.models import Membership

    return list(Membership.objects.filter(agent_id=actor.own_id).values_list("team_id", flat=True)) or [-1]


def saved_views(actor: Actor) -> QuerySet[SavedView]:
    """An agent's own views and those shared with everybody."""
    return SavedView.objects.filter(Q(owner=None) | Q(owner_id=actor.id))


def view_counts(actor: Actor, keys: Sequence[str]) -> dict[str, int]:
    """How many tickets each view holds, each counted up to COUNT_CAP, so that a count never walks a big table."""
    parts: list[str] = []
    parameters: list[Any] = []
    for key in keys:
        found = visible(actor).filter(_conditions(view_filter(actor, key))).order_by().values("pk")[:COUNT_CAP]
        try:
            sql, values = found.query.sql_with_params()
        except EmptyResultSet:  # a filter that nothing can fit
            sql, values = "SELECT 1 WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 - made by the ORM
        parameters += values
    if not parts:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        row = cursor.fetchone() or ()
    return dict(zip(keys, row, strict=True))


def search_tickets(actor: Actor, text: str, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Tickets whose messages hold the words, newest words first; a ticket's number or a customer finds directly too.

    Quoted words are a phrase, -word excludes. Work grows with the matches looked at, not with the table: the
    planner walks newest-first for common words and uses the word index for rare ones.
    """
    actor.require("search")
    before = _search_cursor(cursor)
    ids: list[int] = []
    if before is None:
        ids = _by_number(actor, text)
    query = parse_query(text)
    last = before
    more = False
    if query:
        found, last, more = _by_words(actor, query, before=before, limit=limit)
        ids += [pk for pk in found if pk not in ids]
    if not ids:
        return Page([], None)
    loaded = visible(actor).filter(pk__in=ids).select_related("customer", "assignee", "team", "status")
    tickets = {t.pk: t for t in loaded.prefetch_related("tags")}
    items = [tickets[pk] for pk in ids if pk in tickets]
    return Page(items, f"s{last}" if more else None)


def _search_cursor(cursor: str | None) -> int | None:
    if not cursor:
        return None
    if not (cursor.startswith("s") and cursor[1:].isdecimal() and len(cursor) < 20):
        raise InvalidInput(_("Give back the cursor exactly as it was handed out."), field="cursor")
    return int(cursor[1:])


def _by_number(actor: Actor, text: str) -> list[int]:
    number = plain_number(text)
    if not number:
        return []
    return list(visible(actor).filter(number=number).values_list("pk", flat=True))


def _by_words(actor: Actor, query: str, *, before: int | None, limit: int) -> tuple[list[int], int | None, bool]:
    """(ticket ids newest first, last message looked at, whether there may be more)."""
    limited = ""
    parameters: dict[str, Any] = {"query": query, "take": limit * 4, "before": before}
    if actor.team_ids is not None:
        limited = (
            "JOIN tickets_ticket t ON t.id = s.ticket_id AND (t.team_id = ANY(%(teams)s) OR t.assignee_id = %(me)s)"
        )
        parameters |= {"teams": list(actor.team_ids), "me": actor.id}
    older = ""
    if before is not None:  # a ticket that an earlier page has shown is not shown again
        older = (
            "AND s.message_id < %(before)s AND NOT EXISTS (SELECT FROM tickets_message_search shown WHERE "
            "shown.ticket_id = s.ticket_id AND shown.message_id >= %(before)s AND shown.doc @@ %(query)s::tsquery)"
        )
    sql = (
        f"SELECT s.message_id, s.ticket_id FROM tickets_message_search s {limited} "  # noqa: S608 - fixed parts only
        f"WHERE s.doc @@ %(query)s::tsquery {older} ORDER BY s.message_id DESC LIMIT %(take)s"
    )
    found: list[int] = []
    last: int | None = before
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    for message_id, ticket_id in rows:
        if ticket_id not in found:
            if len(found) == limit:
                return found, last, True
            found.append(ticket_id)
        last = message_id
    return found, last, len(rows) == limit * 4


__all__ = [
    "ACTIVE",
    "Page",
    "TicketFilter",
    "list_tickets",
    "search_tickets",
    "view_counts",
    "view_filter",
    "visible",
]
