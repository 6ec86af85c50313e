"""Tickets: lists and search, one ticket with its messages and events, new ones, changes."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field, model_validator

from hospes.api import choices, outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import (
    PRIORITY_NUMBERS,
    Category,
    Email,
    Flag,
    Html,
    Id,
    LanguageCode,
    Line,
    Moment,
    Name,
    PageQuery,
    PriorityName,
    Strict,
    TagName,
    TypeName,
    Uploads,
    Words,
)
from hospes.api.problems import PreconditionFailed
from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.posted import posted_number
from hospes.customers import operations as customer_operations
from hospes.customers.models import Customer
from hospes.tickets import operations, queries
from hospes.tickets.models import Ticket
from hospes.tickets.policies import agent_may_see
from hospes.tickets.queries import pages, rows, screen
from hospes.tickets.queries.lists import TicketFilter

router = Router(tags=["tickets"])
Order = Literal["-updated_at", "updated_at", "-created_at", "created_at", "-priority", "waiting_since", "due_at"]
Person = Annotated[str, Field(max_length=19, pattern=r"^(me|none|[1-9][0-9]{0,17})$")]
Group = Annotated[str, Field(max_length=19, pattern=r"^(mine|none|[1-9][0-9]{0,17})$")]


class TicketQuery(PageQuery):
    """Filters narrow each other. With `view`, filters narrow the desk's view of that name."""

    search: Annotated[
        str | None,
        Field(max_length=500, description='Words in messages; "quoted" in order, -word without, or a number'),
    ] = None
    view: Annotated[
        str | None,
        Field(
            max_length=40,
            pattern=r"^(mine|unassigned|team|open|snoozed|solved|spam|all|(team|saved)-[1-9][0-9]{0,17})$",
            description="mine, unassigned, team, open, snoozed, solved, spam, all, team-<id> or saved-<id>",
        ),
    ] = None
    status: Annotated[list[Category], Field(max_length=6, description="Any of these; repeat for several")] = []
    status_id: Id | None = None
    assignee: Annotated[Person | None, Field(description="An agent's id, me or none")] = None
    team: Annotated[Group | None, Field(description="A team's id, mine or none")] = None
    customer: Id | None = None
    inbox: Id | None = None
    channel: Annotated[str | None, Field(max_length=20)] = None
    language: LanguageCode | None = None
    priority: PriorityName | None = None
    type: TypeName | None = None
    tag: TagName | None = None
    snoozed: Flag | None = None
    spam: Flag | None = None
    vip: Flag | None = None
    updated_since: Moment | None = None
    created_since: Moment | None = None
    order: Order | None = None


# Fields of the query that go into a TicketFilter as they are.
_PLAIN = ("customer", "inbox", "channel", "language", "type", "tag", "snoozed", "spam", "vip",
          "updated_since", "created_since", "order")  # fmt: skip


def _filter(actor: Actor, wanted: TicketQuery) -> TicketFilter:
    given: dict[str, Any] = {name: value for name in _PLAIN if (value := getattr(wanted, name)) is not None}
    if wanted.status:
        given["category"] = tuple(wanted.status)
    if wanted.status_id:
        given["status"] = wanted.status_id
    if wanted.priority:
        given["priority"] = PRIORITY_NUMBERS[wanted.priority]
    if wanted.assignee:
        own = {"me": actor.id, "none": 0}
        given["assignee"] = own[wanted.assignee] if wanted.assignee in own else int(wanted.assignee)
    if wanted.team == "mine":
        given["teams"] = queries.view_filter(actor, "team").teams
    elif wanted.team:
        given["team"] = 0 if wanted.team == "none" else int(wanted.team)
    base = queries.view_filter(actor, wanted.view) if wanted.view else TicketFilter()
    return replace(base, **given)


@router.get("/tickets", response=outputs.TicketPage, summary="List or search tickets")
def list_tickets(request: ApiRequest, wanted: Query[TicketQuery]) -> HttpResponse:
    """A page of the tickets that the token's owner may see, newest change first unless ordered otherwise.

    With `search`, the desk's full-text search: newest matching message first; filters leave out what does not fit,
    so that a page may be short while `next` still leads on.
    """
    wanted_filter = _filter(request.actor, wanted)
    if wanted.search is None:
        found, following = rows.list_rows(request.actor, wanted_filter, cursor=wanted.cursor, limit=wanted.limit)
    else:
        if wanted.order is not None:
            raise InvalidInput(_("Search results have an order of their own."), field="order")
        narrowed = wanted_filter if wanted_filter != TicketFilter() else None
        found, following = rows.search_rows(
            request.actor, wanted.search, narrowed, cursor=wanted.cursor, limit=wanted.limit
        )
    return shapes.page([shapes.ticket(row) for row in found], following)


def details(actor: Actor, found: Ticket, *, status: int = 200) -> HttpResponse:
    """A ticket with all around it, and its version as ETag."""
    split_from = queries.visible(actor).filter(pk=found.split_from_id or 0).values_list("number", flat=True).first()
    body = shapes.ticket_details(found, screen.participants_of(found), screen.links_of(actor, found), split_from)
    headers = {"ETag": f'"{found.version}"'}
    if status == 201:
        headers["Location"] = f"/api/v1/tickets/{found.number}"
    return shapes.respond(body, status=status, headers=headers)


def fresh(actor: Actor, number: str, *, status: int = 200) -> HttpResponse:
    """A ticket as it is after a write; where the write took it out of the actor's sight, that it is done (204)."""
    try:
        return details(actor, queries.get_ticket(actor, number), status=status)
    except NotFound:
        return HttpResponse(status=204)


@router.get("/tickets/{number}", response=outputs.TicketDetails, summary="Get a ticket")
def get_ticket(request: ApiRequest, number: str) -> HttpResponse:
    """One ticket by its number, with participants and links."""
    return details(request.actor, queries.get_ticket(request.actor, number))


@router.get("/tickets/{number}/messages", response=outputs.MessagePage, summary="List a ticket's messages")
def list_messages(request: ApiRequest, number: str, wanted: Query[PageQuery]) -> HttpResponse:
    """Replies, notes and what came in, oldest first."""
    found = queries.get_ticket(request.actor, number)
    page, following = pages.messages(found, cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([shapes.message(m, m.attachments.all()) for m in page], following)


@router.get("/tickets/{number}/events", response=outputs.EventPage, summary="List what happened to a ticket")
def list_events(request: ApiRequest, number: str, wanted: Query[PageQuery]) -> HttpResponse:
    """The ticket's timeline, oldest first."""
    found = queries.get_ticket(request.actor, number)
    page, following = pages.events(found, cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([shapes.event(row) for row in page], following)


class NewTicketCustomer(Strict):
    """Whose ticket it is: somebody known by `id`, or by `email` (made when unknown)."""

    id: Id | None = None
    email: Email | None = None
    name: Name = ""

    @model_validator(mode="after")
    def _one_way(self) -> "NewTicketCustomer":
        if (self.id is None) == (self.email is None):
            raise ValueError(_("Give either id or email."))
        return self


class NewTicket(Strict):
    """`incoming` writes down what the customer said; `outgoing` writes to them first. Give `text` or `html`."""

    subject: Annotated[Line, Field(min_length=1)]
    customer: NewTicketCustomer
    text: Words = ""
    html: Html = ""
    direction: Literal["incoming", "outgoing"] = "incoming"
    inbox: Annotated[Id | None, Field(description="An inbox's id; the first e-mail inbox when left out")] = None
    priority: PriorityName = "normal"
    type: TypeName | None = None
    tags: Annotated[list[TagName], Field(max_length=50)] = []
    assignee: Annotated[Id | None, Field(description="An agent's id")] = None
    team: Annotated[Id | None, Field(description="A team's id; the inbox's when left out")] = None
    language: LanguageCode = ""
    attachments: Annotated[Uploads, Field(description="Tokens of uploaded files")] = []


@router.post("/tickets", response={201: outputs.TicketDetails}, summary="Create a ticket")
def create_ticket(request: ApiRequest, data: NewTicket) -> HttpResponse:
    """Open a ticket for a customer. All or nothing."""
    actor, now = request.actor, clock.now()
    actor.require("ticket.create")
    inbox = choices.inbox(data.inbox)
    team, assignee = choices.team(data.team), choices.agent(data.assignee)
    team_id, assignee_id = team.pk if team else None, assignee.pk if assignee else None
    if not agent_may_see(actor, team_id=team_id or inbox.team_id, assignee_id=assignee_id):
        raise InvalidInput(_("Choose one of your teams, or assign the ticket to yourself."), field="team")
    with transaction.atomic():
        made = operations.create_ticket(
            inbox=inbox,
            customer=_customer(actor, data.customer, data.language, now),
            subject=data.subject,
            text=data.text,
            html=data.html,
            direction=data.direction,
            address=data.customer.email or "",
            uploads=data.attachments,
            priority=PRIORITY_NUMBERS[data.priority],
            type=data.type or "",
            language=data.language,
            team_id=team_id,
            assignee_id=assignee_id,
            actor=actor,
            now=now,
        )
        if data.tags:
            operations.change_ticket(ticket=made, actor=actor, now=now, add_tags=data.tags)
    return fresh(actor, made.number, status=201)


def _customer(actor: Actor, wanted: NewTicketCustomer, language: str, now: datetime) -> Customer:
    if wanted.id is not None:
        return choices.customer(actor, wanted.id, field="customer.id")
    return customer_operations.recognise(
        kind="email", value=_full_address(wanted.email or ""), name=wanted.name, language=language, actor=actor, now=now
    )


def _full_address(email: str) -> str:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise InvalidInput(
            _("Write a full e-mail address, such as anna@example.com."), field="customer.email"
        ) from None
    return email.strip()


class ChangeTicket(Strict):
    """What to change; what is left out stays. `tags` replaces all, `add_tags` and `remove_tags` do not."""

    version: Annotated[int | None, Field(ge=1, le=2**31 - 1, description="Refuse (409) when it is another by now")] = (
        None
    )
    subject: Annotated[Line, Field(min_length=1)] = ""
    status: Category = "open"
    status_id: Annotated[Id, Field(description="A company's own status")] = 1
    priority: PriorityName = "normal"
    type: TypeName | Literal[""] = ""
    language: LanguageCode = ""
    fields: dict[str, Any] = {}
    assignee: Id | None = None
    team: Id | None = None
    customer: Id = 1
    tags: Annotated[list[TagName], Field(max_length=50)] = []
    add_tags: Annotated[list[TagName], Field(max_length=50)] = []
    remove_tags: Annotated[list[TagName], Field(max_length=50)] = []
    snoozed_until: Moment | None = None
    spam: bool = False


@router.patch("/tickets/{number}", response={200: outputs.TicketDetails, 204: None}, summary="Change a ticket")
def change_ticket(request: ApiRequest, number: str, data: ChangeTicket) -> HttpResponse:
    """Change some fields, all or nothing. `version` or `If-Match` guards against overwriting what somebody else did.

    Answers 204 where the change took the ticket out of the token owner's sight.
    """
    actor = request.actor
    found = queries.get_ticket(actor, number)
    wanted = _if_match(request)
    version = data.version if wanted is None else wanted
    try:
        operations.change_ticket(ticket=found, actor=actor, now=clock.now(), version=version, **_changes(actor, data))
    except Conflict as conflict:
        if wanted is not None and conflict.field == "version":
            raise PreconditionFailed(conflict.message, field="If-Match", **conflict.details) from None
        raise
    return fresh(actor, number)


def _changes(actor: Actor, data: ChangeTicket) -> dict[str, Any]:
    given = data.model_dump(exclude_unset=True, exclude={"version"})
    if "status_id" in given:
        given["status"] = choices.status(given.pop("status_id"))
    if "priority" in given:
        given["priority"] = PRIORITY_NUMBERS[data.priority]
    if "assignee" in given:
        given["assignee"] = choices.agent(data.assignee)
    if "team" in given:
        given["team"] = choices.team(data.team)
    if "customer" in given:
        given["customer"] = choices.customer(actor, data.customer)
    return given


def _if_match(request: ApiRequest) -> int | None:
    """The version in If-Match; None without one or for "*"."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    version = posted_number(given.removeprefix("W/").strip('"'))
    if version is None:
        raise PreconditionFailed(field="If-Match")
    return version
