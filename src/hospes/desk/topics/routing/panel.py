"""Beside the talk: why this owner, or why nobody yet; an offer with its countdown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.desk.shapes.times import ago, span
from hospes.desk.topics.routing.words import how_given, phrases
from hospes.routing import queries as routing
from hospes.routing.models import State
from hospes.tickets.models import Ticket

LONG_WAIT = 60  # seconds from which on a wait is worth telling


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panel prints. `state` is waiting, offered or assigned."""

    state: str
    queue: str
    why: list[str]
    name: str = ""
    how: str = ""
    mine: bool = False
    since: datetime | None = None
    ends_at: datetime | None = None
    wait: str = ""


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """The way of this ticket; None when it never was on one. Two queries."""
    entry = routing.entry_of(ticket.pk)
    if entry is None or entry.state == State.LEFT:
        return None
    queue = entry.queue.name if entry.queue is not None else ""
    name = entry.agent.name if entry.agent is not None else ""
    me = request.actor.own_id
    mine = entry.agent_id == me
    if entry.state == State.ASSIGNED:
        record = routing.last_assignment(ticket.pk)
        if record is None or record.agent_id != entry.agent_id:
            return None
        facts = record.reason.get("facts", [])
        why = phrases(facts, but=frozenset({"queue"}))
        shown = Shown(
            "assigned", queue if facts else "", why, name, how_given(record.how), mine, record.at, None,
            span(record.waited_seconds, length="short") if record.waited_seconds >= LONG_WAIT else "",
        )  # fmt: skip
        return {"way": shown} if why or shown.how else None
    why = phrases(entry.why.get("facts", []), but=frozenset({"queue"}))
    since = entry.entered_at
    wait = ago(since, now=clock.now()) if since else ""
    return {"way": Shown(entry.state, queue, why, name, "", mine, since, entry.offer_ends_at, wait)}
