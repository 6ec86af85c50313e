"""Reads of the realtime room: the cursor, and who is behind a socket.

A cursor is PostgreSQL's oldest transaction still running (pg_snapshot_xmin). Every event of a transaction at or
after it may not have been seen yet, whatever its id: ids are given before a commit and become visible in another
order. So "all since my cursor" can bring a few again, which readers drop by id, and can never miss one.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connection
from django.http import HttpRequest, parse_cookie
from django.utils.module_loading import import_string

from hospes.core.actors import Actor
from hospes.staff.models import Agent
from hospes.staff.queries import actor_of

CURSOR = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
COLUMNS = "id, name, at, subject, subject_id, team_id, actor_kind, actor_id, actor_name, data, xact"
SINCE = (
    f"SELECT {COLUMNS}, {CURSOR} FROM core_event WHERE (xact, id) > (%s, %s) AND live "  # noqa: S608 - fixed parts
    "ORDER BY xact, id LIMIT %s"
)


def cursor_now() -> int:
    """The present cursor, to be put into a page before its data is read."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {CURSOR}")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who opened a socket, with what makes it end: the session's key, the state of the password and the rights."""

    actor: Actor
    session_key: str
    stamp: str


def stamp_of(agent: Agent) -> str:
    """Changes whenever open sockets of an agent have to look again."""
    return f"{agent.rights_version}:{agent.is_active}:{agent.password[-16:]}"


def visitor_of(cookie_header: str) -> Visitor | None:
    """The signed-in agent behind a cookie header, or None."""
    key = parse_cookie(cookie_header).get(settings.SESSION_COOKIE_NAME, "")
    if not key:
        return None
    request = HttpRequest()
    engine: Any = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    request.session = engine(key)
    agent = get_user(request)
    if not isinstance(agent, Agent) or not agent.is_active:
        return None
    return Visitor(actor_of(agent, via="socket"), key, stamp_of(agent))


def still_good(pairs: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Which of (session key, agent id, stamp) still hold: two queries however many sockets there are."""
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    keys = set(
        Session.objects.filter(session_key__in={k for k, _i, _s in pairs}, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    stamps = {a.pk: stamp_of(a) for a in Agent.objects.filter(pk__in={i for _k, i, _s in pairs})}
    return [(k, i, s) for k, i, s in pairs if k in keys and stamps.get(i) == s]


def may_see_ticket(actor: Actor, ticket_id: int) -> bool:
    """Whether an actor may show presence on a ticket."""
    from hospes.tickets.queries import visible

    return visible(actor).filter(pk=ticket_id).exists()
