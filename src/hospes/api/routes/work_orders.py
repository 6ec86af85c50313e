"""Work orders; the same operations as the desk's."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Cursor, Email, Id, Line, Moment, Name, PageQuery, Strict, Uploads, Words
from hospes.api.routes.escalation import chosen_agent, chosen_team
from hospes.core import clock
from hospes.core.paging import by_id
from hospes.tickets import operations, queries
from hospes.tickets.models import WorkOrder
from hospes.tickets.queries import work

router = Router(tags=["work orders"])


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


def _order(order: WorkOrder) -> dict[str, Any]:
    names = ("number", "subject", "state", "team_id", "agent_id", "owner_id", "address", "text", "fields", "answer")
    return {
        **{name: getattr(order, name) for name in names},
        "ticket": order.ticket.number,
        "answered_by": order.answered_by,
        **{name: shapes.stamp(getattr(order, name)) for name in ("opened_at", "due_at", "answered_at")},
    }


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
        team=chosen_team(data.team_id),
        agent=chosen_agent(data.agent_id),
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
