"""The part beside the talk: the call under way, a link to call, calls with their recordings."""

from typing import Any

from hospes.calls import policies, queries, reading
from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.desk.topics.calls.shapes import row_of
from hospes.tickets.models import Ticket

SHOWN = 10


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """Four queries, however many calls there were."""
    actor, now = request.actor, clock.now()
    rows = [row_of(call) for call in queries.calls_of(ticket, limit=SHOWN)]
    may_call = actor.may("ticket.reply") and ticket.merged_into_id is None
    links = reading.links_of(ticket, now=now) if may_call else []
    if not rows and not may_call:
        return None
    running = next((row.call for row in rows if row.running), None)
    mine = running is not None and any(
        p.agent_id == actor.id and p.state in {*policies.IN, policies.RINGING} for p in running.parts.all()
    )
    return {
        "calls": rows,
        "running": running,
        "mine": mine,
        "links": links,
        "can": {"call": may_call, "hear": actor.may("recording.hear")},
    }
