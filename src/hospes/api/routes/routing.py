"""How tickets find their owner: queues, what waits in them, and the way of one ticket with its reasons."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import PageQuery
from hospes.api.outputs import Named, PublicId
from hospes.core import clock
from hospes.core.paging import by_id
from hospes.routing import queries as routing
from hospes.routing.models import AssignmentRecord, Queue
from hospes.tickets import queries as tickets

router = Router(tags=["routing"])


class SkillNeed(BaseModel):
    """A skill by its id, and the least level from 1 to 5."""

    skill_id: PublicId
    level: int


class OverflowStep(BaseModel):
    """After so many seconds of waiting a ticket is for another team too, or goes to another queue."""

    after: int
    team: PublicId | None = None
    queue: PublicId | None = None


class QueueOut(BaseModel):
    """A queue. The first active one by position whose conditions hold takes a ticket."""

    id: PublicId
    name: str
    position: int
    active: bool
    conditions: dict[str, Any]
    team_id: PublicId | None
    strategy: str
    sticky_days: int
    skills: list[SkillNeed]
    match_language: str
    channels: list[str]
    tier: int | None
    boost: int = Field(description="Minutes of head start")
    overflow: list[OverflowStep]
    offer: bool
    offer_seconds: int
    grace_seconds: int | None


class QueuePage(BaseModel):
    """Queues by id."""

    items: list[QueueOut]
    next: str | None


class Standing(BaseModel):
    """How a queue stands now. `here` are people of its team who are online and on
    shift, `free` those of them with room."""

    id: PublicId
    name: str
    team: str
    waiting: int
    offered: int
    oldest_at: datetime | None
    here: int
    free: int


class StandingPage(BaseModel):
    """Active queues in their order; always one page."""

    items: list[Standing]
    next: str | None


class Assignment(BaseModel):
    """Who was given a ticket and why. `facts` are codes with values; `back_why` tells why it was taken back."""

    agent: Named
    queue: str
    how: str
    at: datetime
    waited_seconds: int
    facts: list[dict[str, Any]]
    back_at: datetime | None
    back_why: str


class Way(BaseModel):
    """The way of one ticket: where it stands, why it waits, who had it."""

    state: str
    queue: str
    agent: Named | None
    waiting_since: datetime | None
    offer_ends_at: datetime | None
    facts: list[dict[str, Any]]
    assignments: list[Assignment]


def _queue(queue: Queue) -> dict[str, Any]:
    names = (
        "name", "position", "active", "conditions", "team_id", "strategy", "sticky_days", "match_language", "channels",
        "tier", "boost", "offer", "offer_seconds", "grace_seconds",
    )  # fmt: skip
    return {
        "id": queue.pk,
        **{name: getattr(queue, name) for name in names},
        "skills": [{"skill_id": skill, "level": level} for skill, level in queue.skills],
        "overflow": [{"team": None, "queue": None, **step} for step in queue.overflow],
    }


def _assignment(record: AssignmentRecord) -> dict[str, Any]:
    return {
        "agent": {"id": record.agent_id, "name": record.agent.name},
        "queue": record.queue.name if record.queue else "",
        "how": record.how,
        "at": shapes.stamp(record.at),
        "waited_seconds": record.waited_seconds,
        "facts": record.reason.get("facts", []),
        "back_at": shapes.stamp(record.back_at),
        "back_why": record.back_why,
    }


@router.get("/queues", response=QueuePage, summary="List queues")
def list_queues(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Every queue that was not put away, by id; `position` tells the order in which they are asked."""
    request.actor.require("queue.manage")
    page, following = by_id(routing.queues(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_queue(queue) for queue in page], following)


@router.get("/queues/waiting", response=StandingPage, summary="List what waits in each queue")
def list_waiting(request: ApiRequest) -> HttpResponse:
    """How every active queue stands now; for those limited to their teams, their teams' queues."""
    request.actor.require("ticket.see")
    names = ("id", "name", "team", "waiting", "offered", "here", "free")
    rows = routing.board(request.actor, now=clock.now(), details=False)
    items = [{**{n: getattr(row, n) for n in names}, "oldest_at": shapes.stamp(row.oldest_at)} for row in rows]
    return shapes.page(items, None)


@router.get("/tickets/{number}/routing", response=Way, summary="Get the way of a ticket to its owner")
def get_routing(request: ApiRequest, number: str) -> HttpResponse:
    """Where it stands, why it waits, and everybody who was given it with the reason, newest first."""
    found = tickets.get_ticket(request.actor, number)
    entry = routing.entry_of(found.pk)
    agent = entry.agent if entry is not None else None
    return shapes.respond(
        {
            "state": entry.state if entry is not None else "left",
            "queue": entry.queue.name if entry is not None and entry.queue is not None else "",
            "agent": {"id": agent.pk, "name": agent.name} if agent is not None else None,
            "waiting_since": shapes.stamp(entry.entered_at) if entry is not None and entry.state == "waiting" else None,
            "offer_ends_at": shapes.stamp(entry.offer_ends_at) if entry is not None else None,
            "facts": entry.why.get("facts", []) if entry is not None else [],
            "assignments": [_assignment(record) for record in routing.assignments_of(found.pk)],
        }
    )
