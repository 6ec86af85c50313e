"""Escalation, work orders and swarms; the same operations as the desk's."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Cursor, Email, Id, Line, Moment, Name, PageQuery, Strict, Uploads, Words
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.paging import by_id
from hospes.routing import operations as routing
from hospes.routing.models import HandOver, Swarm
from hospes.routing.queries import escalation, swarms
from hospes.staff import queries as staff
from hospes.staff.models import Agent, Skill, Team
from hospes.tickets import operations, queries
from hospes.tickets.models import WorkOrder
from hospes.tickets.queries import work

router = Router(tags=["escalation"])


class Escalate(Strict):
    """Give one of `tier`, `team_id` and `on_call`; without any it goes one tier up."""

    wants: Annotated[Words, Field(description="What the customer wants")]
    tried: Annotated[Words, Field(description="What was tried")]
    promised: Annotated[Words, Field(description="What was promised")]
    promised_until: Moment
    tier: Literal[2, 3] | None = None
    team_id: Id | None = None
    on_call: bool = False
    new_responsible_id: Annotated[Id | None, Field(description="Is asked, and becomes responsible by saying yes")] = (
        None
    )
    tell_customer: bool = True


class GiveBack(Strict):
    """What is to be done now; without `team_id` the next lower tier gets it."""

    note: Words
    team_id: Id | None = None
    tell_customer: bool = True


class NewWorkOrder(Strict):
    """From a template, or with `subject` and one of `team_id` and `address`. `values` are the template's fields by
    key."""

    template_id: Id | None = None
    subject: Line = ""
    team_id: Id | None = None
    agent_id: Id | None = None
    address: Email | Literal[""] = ""
    contact_name: Name = ""
    text: Words = ""
    values: Annotated[dict[Annotated[str, Field(max_length=20)], Line], Field(max_length=20)] = {}
    due_at: Moment | None = None


class Answer(Strict):
    """An answer, or with `declined` the reason why not."""

    text: Words
    declined: bool = False
    attachments: Annotated[Uploads, Field(description="Tokens of uploaded files")] = []


class AskAgain(Strict):
    """What is still missing."""

    text: Words
    due_at: Moment | None = None


class Close(Strict):
    """Done, or called off."""

    cancel: bool = False


class OrderQuery(PageQuery):
    """Which work orders. `mine` are to be done by me or my teams, `asked` those that I opened."""

    list: Literal["mine", "asked", "all"] = "mine"
    cursor: Annotated[Cursor | None, Field(description="`next` of the page before")] = None


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


class HandOverOut(BaseModel):
    """A hand-over between tiers."""

    id: int
    kind: Literal["up", "down", "on_call"]
    from_tier: int
    to_tier: int
    to_team_id: int | None
    to_agent_id: int | None
    wants: str
    tried: str
    promised: str
    promised_until: datetime | None
    note: str
    reason: Literal["hand", "waited", "breach"]
    told: bool
    at: datetime


class WorkOrderOut(BaseModel):
    """A work order."""

    number: str
    ticket: str
    subject: str
    state: Literal["open", "accepted", "answered", "declined", "done", "cancelled"]
    team_id: int | None
    agent_id: int | None
    owner_id: int | None
    address: str
    text: str
    fields: list[dict[str, str]]
    answer: str
    answered_by: str
    opened_at: datetime
    due_at: datetime
    answered_at: datetime | None


class WorkOrderPage(BaseModel):
    """A page of work orders."""

    items: list[WorkOrderOut]
    next: str | None


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


class HandOverList(BaseModel):
    """A ticket's hand-overs, newest first."""

    items: list[HandOverOut]
    next: str | None


class SwarmList(BaseModel):
    """A ticket's swarms, newest first."""

    items: list[SwarmOut]
    next: str | None


def _team(team_id: int | None) -> Team | None:
    found = staff.teams().filter(pk=team_id).first() if team_id else None
    if team_id and found is None:
        raise InvalidInput(_("Choose one of the teams."), field="team_id")
    return found


def _agent(agent_id: int | None, field: str = "agent_id") -> Agent | None:
    found = staff.active_agents().filter(pk=agent_id).first() if agent_id else None
    if agent_id and found is None:
        raise InvalidInput(_("Choose somebody who works here."), field=field)
    return found


def _hand_over(made: HandOver) -> dict[str, Any]:
    names = (
        "kind",
        "from_tier",
        "to_tier",
        "to_team_id",
        "to_agent_id",
        "wants",
        "tried",
        "promised",
        "note",
        "reason",
    )
    return {
        "id": made.pk,
        **{name: getattr(made, name) for name in names},
        "reason": made.reason,
        "promised_until": shapes.stamp(made.promised_until),
        "told": made.told_message_id is not None,
        "at": shapes.stamp(made.at),
    }


def _order(order: WorkOrder) -> dict[str, Any]:
    names = ("number", "subject", "state", "team_id", "agent_id", "owner_id", "address", "text", "fields", "answer")
    return {
        **{name: getattr(order, name) for name in names},
        "ticket": order.ticket.number,
        "answered_by": order.answered_by,
        **{name: shapes.stamp(getattr(order, name)) for name in ("opened_at", "due_at", "answered_at")},
    }


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


@router.post("/tickets/{number}/escalate", response={201: HandOverOut}, summary="Hand a ticket up")
def escalate(request: ApiRequest, number: str, data: Escalate) -> HttpResponse:
    """It keeps its number, history and whoever is responsible; the customer is told who has it."""
    made = routing.escalate(
        ticket=queries.get_ticket(request.actor, number),
        wants=data.wants,
        tried=data.tried,
        promised=data.promised,
        promised_until=data.promised_until,
        to_tier=data.tier,
        to_team=_team(data.team_id),
        on_call=data.on_call,
        new_responsible=_agent(data.new_responsible_id, "new_responsible_id"),
        tell=data.tell_customer,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_hand_over(made), status=201)


@router.post("/tickets/{number}/give-back", response={201: HandOverOut}, summary="Give a ticket back down")
def give_back(request: ApiRequest, number: str, data: GiveBack) -> HttpResponse:
    """To a lower tier; straight to whoever is responsible when they work there."""
    made = routing.de_escalate(
        ticket=queries.get_ticket(request.actor, number),
        note=data.note,
        to_team=_team(data.team_id),
        tell=data.tell_customer,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_hand_over(made), status=201)


@router.get("/tickets/{number}/hand-overs", response=HandOverList, summary="List a ticket's hand-overs")
def list_hand_overs(request: ApiRequest, number: str) -> HttpResponse:
    """Newest first, the latest hundred."""
    found = escalation.hand_overs(queries.get_ticket(request.actor, number))
    return shapes.page([_hand_over(made) for made in found[:100]], None)


@router.get("/tickets/{number}/work-orders", response=WorkOrderPage, summary="List a ticket's work orders")
def list_ticket_orders(request: ApiRequest, number: str) -> HttpResponse:
    """Oldest first, with those of tickets merged into it."""
    found = work.orders_of(queries.get_ticket(request.actor, number)).select_related("ticket")
    return shapes.page([_order(order) for order in found[:100]], None)


@router.post("/tickets/{number}/work-orders", response={201: WorkOrderOut}, summary="Open a work order")
def open_order(request: ApiRequest, number: str, data: NewWorkOrder) -> HttpResponse:
    """An outsider gets a mail with a link that needs no account."""
    order = operations.open_work_order(
        ticket=queries.get_ticket(request.actor, number),
        template=work.get_template(data.template_id) if data.template_id else None,
        subject=data.subject,
        team=_team(data.team_id),
        agent=_agent(data.agent_id),
        address=data.address,
        contact_name=data.contact_name,
        text=data.text,
        values=data.values,
        due_at=data.due_at,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_order(order), status=201)


@router.get("/work-orders", response=WorkOrderPage, summary="List open work orders")
def list_orders(request: ApiRequest, wanted: Query[OrderQuery]) -> HttpResponse:
    """By id."""
    request.actor.require("work.answer")
    mine = frozenset(request.agent.memberships.values_list("team_id", flat=True))
    found = work.running_orders(request.actor, list_name=wanted.list, team_ids=mine).order_by("id")
    page, following = by_id(found, cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_order(order) for order in page], following)


@router.get("/work-orders/{number}", response=WorkOrderOut, summary="Read a work order")
def read_order(request: ApiRequest, number: str) -> HttpResponse:
    """By its number, with or without W- and dashes."""
    request.actor.require("work.answer")
    return shapes.respond(_order(work.get_order(request.actor, number)))


@router.post("/work-orders/{number}/accept", response={200: WorkOrderOut}, summary="Accept a work order")
def accept_order(request: ApiRequest, number: str) -> HttpResponse:
    """It will be done."""
    order = work.get_order(request.actor, number)
    operations.accept_work_order(order=order, actor=request.actor, now=clock.now())
    return shapes.respond(_order(work.get_order(request.actor, number)))


@router.post("/work-orders/{number}/answer", response={200: WorkOrderOut}, summary="Answer a work order")
def answer_order(request: ApiRequest, number: str, data: Answer) -> HttpResponse:
    """The answer comes back onto the ticket, and whoever asked is told."""
    operations.answer_work_order(
        order=work.get_order(request.actor, number),
        text=data.text,
        declined=data.declined,
        uploads=data.attachments,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_order(work.get_order(request.actor, number)))


@router.post("/work-orders/{number}/ask-again", response={200: WorkOrderOut}, summary="Send a work order back")
def ask_order_again(request: ApiRequest, number: str, data: AskAgain) -> HttpResponse:
    """The answer does not do."""
    order = work.get_order(request.actor, number)
    operations.ask_again(order=order, text=data.text, due_at=data.due_at, actor=request.actor, now=clock.now())
    return shapes.respond(_order(work.get_order(request.actor, number)))


@router.post("/work-orders/{number}/close", response={200: WorkOrderOut}, summary="Close a work order")
def close_order(request: ApiRequest, number: str, data: Close) -> HttpResponse:
    """An outsider's link opens nothing from now on."""
    order = work.get_order(request.actor, number)
    operations.close_work_order(order=order, cancel=data.cancel, actor=request.actor, now=clock.now())
    return shapes.respond(_order(work.get_order(request.actor, number)))


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
    people = [agent for pk in data.agent_ids if (agent := _agent(pk, "agent_ids"))]
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
