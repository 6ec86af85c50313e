"""Have the routing worker look at a ticket or an agent. Only inserts: whoever calls waits for nobody."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from hospes.core.events import current_cause
from hospes.core.text import storable
from hospes.routing.models import Nudge
from hospes.routing.policies import MAX_ATTEMPTS


def nudge_tickets(ticket_ids: Iterable[int], *, now: datetime, team_by_hand: bool = False) -> None:
    """Look at these tickets. `team_by_hand`: a person chose the team, which queues then respect."""
    cause_id, depth = current_cause() or (None, 0)
    Nudge.objects.bulk_create(
        Nudge(ticket_id=t, team_by_hand=team_by_hand, at=now, made_at=now, cause_id=cause_id, depth=depth)
        for t in ticket_ids
    )


def nudge_agents(agent_ids: Iterable[int], *, now: datetime) -> None:
    """Look at these people: whether they can take more, or have gone away."""
    cause_id, depth = current_cause() or (None, 0)
    Nudge.objects.bulk_create(
        Nudge(agent_id=agent_id, at=now, made_at=now, cause_id=cause_id, depth=depth) for agent_id in agent_ids
    )


def take_ticket_nudges(ticket_id: int, *, now: datetime) -> bool:
    """Delete what is due about a ticket, because it is being looked at; tells whether a person chose its team."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM routing_nudge WHERE id IN (SELECT id FROM routing_nudge WHERE ticket_id = %s "
            "AND (at <= %s OR made_at > %s) FOR UPDATE SKIP LOCKED) RETURNING team_by_hand",
            [ticket_id, now, now + timedelta(minutes=1)],
        )
        return any(row[0] for row in cursor.fetchall())


def put_off(nudge: Nudge, error: Exception, *, now: datetime) -> None:
    """Try again later, more seldom each time; after the last time it stays, to be seen on the board."""
    attempts = nudge.attempts + 1
    wait = timedelta(days=365) if attempts >= MAX_ATTEMPTS else timedelta(seconds=min(3600, 2 * 3**attempts))
    Nudge.objects.filter(pk=nudge.pk).update(
        attempts=attempts, at=now + wait, error=storable(f"{type(error).__name__}: {error}")[:500]
    )
