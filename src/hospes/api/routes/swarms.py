"""Swarms; the same operations as the desk's."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Id, Line, Strict, Words
from hospes.api.routes.escalation import chosen_agent
from hospes.core import clock
from hospes.routing import operations as routing
from hospes.routing.models import Swarm
from hospes.routing.queries import swarms
from hospes.staff.models import Skill
from hospes.tickets import queries

router = Router(tags=["swarms"])


class NewSwarm(Strict):
    """What the experts shall find out, by skill or by name."""

    question: Words
    skill_ids: Annotated[list[Id], Field(max_length=20)] = []
    agent_ids: Annotated[list[Id], Field(max_length=20)] = []
    call_url: Line = ""


class Said(Strict):
    """Words for the side room."""

    text: Words


class EndSwarm(Strict):
    """The solution record; `solved` needs problem, cause and solution."""

    solved: bool = True
    problem: Words = ""
    cause: Words = ""
    solution: Words = ""
    prevention: Words = ""


class SwarmOut(BaseModel):
    """A swarm. `article_id` is the draft made of its solution."""

    id: int
    ticket: str
    question: str
    running: bool
    solved: bool
    owner_id: int | None
    agent_ids: list[int]
    started_at: datetime
    ended_at: datetime | None
    article_id: int | None


class SwarmList(BaseModel):
    """A ticket's swarms, newest first."""

    items: list[SwarmOut]
    next: str | None


def _swarm(swarm: Swarm, number: str) -> dict[str, Any]:
    names = ("question", "running", "solved", "owner_id", "article_id")
    return {
        "id": swarm.pk,
        "ticket": number,
        **{name: getattr(swarm, name) for name in names},
        "agent_ids": [member.agent_id for member in swarm.members.all()],
        "started_at": shapes.stamp(swarm.started_at),
        "ended_at": shapes.stamp(swarm.ended_at),
    }


@router.get("/tickets/{number}/swarms", response=SwarmList, summary="List a ticket's swarms")
def list_swarms(request: ApiRequest, number: str) -> HttpResponse:
    """Newest first."""
    ticket = queries.get_ticket(request.actor, number)
    found = swarms.swarms_of(ticket).prefetch_related("members")[:50]
    return shapes.page([_swarm(swarm, ticket.number) for swarm in found], None)


@router.post("/tickets/{number}/swarms", response={201: SwarmOut}, summary="Call experts")
def start_swarm(request: ApiRequest, number: str, data: NewSwarm) -> HttpResponse:
    """Of each skill the best who are here and free; and those named."""
    ticket = queries.get_ticket(request.actor, number)
    people = [agent for pk in data.agent_ids if (agent := chosen_agent(pk, "agent_ids"))]
    swarm = routing.start_swarm(
        ticket=ticket,
        question=data.question,
        skills=list(Skill.objects.filter(pk__in=data.skill_ids, archived_at=None)),
        people=people,
        call_url=data.call_url,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_swarm(swarm, ticket.number), status=201)


def _after(request: ApiRequest, swarm_id: int) -> HttpResponse:
    swarm = swarms.get_swarm(request.actor, swarm_id)
    return shapes.respond(_swarm(swarm, swarm.ticket.number))


@router.post("/swarms/{int:swarm_id}/join", response={200: SwarmOut}, summary="Join a swarm")
def join_swarm(request: ApiRequest, swarm_id: int) -> HttpResponse:
    """Called or not."""
    swarm = swarms.get_swarm(request.actor, swarm_id)
    routing.join_swarm(swarm=swarm, actor=request.actor, now=clock.now())
    return _after(request, swarm_id)


@router.post("/swarms/{int:swarm_id}/notes", response={200: SwarmOut}, summary="Write in a swarm's room")
def say_in_swarm(request: ApiRequest, swarm_id: int, data: Said) -> HttpResponse:
    """Only colleagues see it."""
    swarm = swarms.get_swarm(request.actor, swarm_id)
    routing.say_in_swarm(swarm=swarm, text=data.text, actor=request.actor, now=clock.now())
    return _after(request, swarm_id)


@router.post("/swarms/{int:swarm_id}/end", response={200: SwarmOut}, summary="End a swarm")
def end_swarm(request: ApiRequest, swarm_id: int, data: EndSwarm) -> HttpResponse:
    """A solution becomes a draft article."""
    swarm = swarms.get_swarm(request.actor, swarm_id)
    routing.end_swarm(swarm=swarm, actor=request.actor, now=clock.now(), **data.model_dump())
    return _after(request, swarm_id)
