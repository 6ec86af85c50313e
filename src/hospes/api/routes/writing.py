"""Writing on tickets: replies, notes, merges, splits, links, macros; the same operations as the desk's."""

from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import Field

from hospes.api import outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Category, Email, Html, Id, Line, Number, Strict, Uploads, Words
from hospes.api.routes.tickets import fresh
from hospes.channels.templates import words_of
from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.tickets import operations, queries
from hospes.tickets.models import Message, Ticket
from hospes.tickets.queries.ticket import get_message

router = Router(tags=["tickets"])


class ChosenTemplate(Strict):
    """A template that the provider has approved, with a value for each of its gaps."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    language: Annotated[str, Field(min_length=1, max_length=20)]
    values: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=30)] = []


class NewReply(Strict):
    """Give `text`, `html` or a `template`. `status` is moved to with it; `seen_message_id` refuses (409) when newer
    words came in. Without `via` it goes by the best way (see `GET /tickets/{number}/ways`)."""

    text: Words = ""
    html: Html = ""
    cc: Annotated[list[Email], Field(max_length=50)] = []
    status: Category | None = None
    attachments: Annotated[Uploads, Field(description="Tokens of uploaded files")] = []
    seen_message_id: Id | None = None
    via: Annotated[Id | None, Field(description="The inbox to answer by")] = None
    private: Annotated[
        bool | None, Field(description="A public comment: to its writer alone (true) or in public (false)")
    ] = None
    template: Annotated[ChosenTemplate | None, Field(description="Needs `via`; its words replace `text`")] = None
    buttons: Annotated[
        list[Annotated[str, Field(max_length=80)]], Field(max_length=10, description="Ready answers to press")
    ] = []


class NewNote(Strict):
    """Give `text` or `html`. `mentions` are agents' ids, who are told."""

    text: Words = ""
    html: Html = ""
    mentions: Annotated[list[Id], Field(max_length=50)] = []
    attachments: Annotated[Uploads, Field(description="Tokens of uploaded files")] = []


class NewForward(Strict):
    """A message to an outsider inside the ticket; with `message_id` that message and its files go along."""

    to: Email
    subject: Line = ""
    text: Words = ""
    html: Html = ""
    message_id: Id | None = None
    attachments: Annotated[Uploads, Field(description="Tokens of uploaded files")] = []


class MergeInto(Strict):
    """The number of the ticket that goes on."""

    into: Number


class SplitOff(Strict):
    """A message from the customer that becomes a ticket of its own."""

    message_id: Id
    subject: Line = ""


class NewLink(Strict):
    """Another ticket to show beside this one."""

    number: Number
    kind: Literal["related", "duplicate", "follow-up"] = "related"


def _said(message: Message) -> HttpResponse:
    return shapes.respond(shapes.message(message, message.attachments.all()), status=201)


def _other(request: ApiRequest, number: str, field: str) -> Ticket:
    try:
        return queries.get_ticket(request.actor, number)
    except NotFound:
        raise InvalidInput(_("There is no such ticket, or you may not see it."), field=field) from None


@router.post("/tickets/{number}/reply", response={201: outputs.MessageOut}, summary="Reply to the customer")
def reply(request: ApiRequest, number: str, data: NewReply) -> HttpResponse:
    """Answer the customer; the message is sent at once."""
    found = queries.get_ticket(request.actor, number)
    text, template = data.text, None
    if data.template is not None:
        if data.via is None:
            raise InvalidInput(_("Say by which inbox the template goes."), field="via")
        text, template = words_of(inbox_id=data.via, wanted=data.template.model_dump())
    message = operations.reply(
        ticket=found,
        text=text,
        html="" if template else data.html,
        via=data.via,
        private=data.private,
        template=template,
        buttons=data.buttons,
        cc=data.cc,
        status=data.status or "",
        uploads=data.attachments,
        seen_message_id=data.seen_message_id,
        actor=request.actor,
        now=clock.now(),
    )
    return _said(message)


@router.post("/tickets/{number}/note", response={201: outputs.MessageOut}, summary="Add an internal note")
def note(request: ApiRequest, number: str, data: NewNote) -> HttpResponse:
    """Write what only colleagues see."""
    message = operations.add_note(
        ticket=queries.get_ticket(request.actor, number),
        text=data.text,
        html=data.html,
        mentions=data.mentions,
        uploads=data.attachments,
        actor=request.actor,
        now=clock.now(),
    )
    return _said(message)


@router.post("/tickets/{number}/forward", response={201: outputs.MessageOut}, summary="Write to an outsider")
def forward(request: ApiRequest, number: str, data: NewForward) -> HttpResponse:
    """Start a side conversation; the answers come back onto the ticket, unseen by the customer."""
    found = queries.get_ticket(request.actor, number)
    included = get_message(request.actor, data.message_id) if data.message_id else None
    message = operations.start_side_conversation(
        ticket=found,
        to=data.to,
        subject=data.subject,
        text=data.text,
        html=data.html,
        include_message=included,
        uploads=data.attachments,
        actor=request.actor,
        now=clock.now(),
    )
    return _said(message)


@router.post(
    "/tickets/{number}/merge", response={200: outputs.TicketDetails, 204: None}, summary="Merge into another ticket"
)
def merge(request: ApiRequest, number: str, data: MergeInto) -> HttpResponse:
    """Move this ticket's messages onto another; answers with that one."""
    found = queries.get_ticket(request.actor, number)
    into = _other(request, data.into, "into")
    operations.merge_tickets(ticket=found, into=into, actor=request.actor, now=clock.now())
    return fresh(request.actor, into.number)


@router.post("/tickets/{number}/unmerge", response={200: outputs.TicketDetails, 204: None}, summary="Undo a merge")
def unmerge(request: ApiRequest, number: str) -> HttpResponse:
    """Give a merged ticket its messages back."""
    found = queries.get_ticket(request.actor, number)
    operations.unmerge_ticket(ticket=found, actor=request.actor, now=clock.now())
    return fresh(request.actor, found.number)


@router.post("/tickets/{number}/split", response={201: outputs.TicketDetails, 204: None}, summary="Split off a message")
def split(request: ApiRequest, number: str, data: SplitOff) -> HttpResponse:
    """Start a new ticket with a copy of one message; answers with the new one."""
    found = queries.get_ticket(request.actor, number)
    message = Message.objects.filter(pk=data.message_id, ticket=found).select_related("ticket").first()
    if message is None:
        raise InvalidInput(_("Choose a message of this ticket."), field="message_id")
    made = operations.split_ticket(message=message, subject=data.subject, actor=request.actor, now=clock.now())
    return fresh(request.actor, made.number, status=201)


@router.post("/tickets/{number}/links", response={201: outputs.TicketDetails, 204: None}, summary="Link two tickets")
def link(request: ApiRequest, number: str, data: NewLink) -> HttpResponse:
    """Show another ticket beside this one."""
    found = queries.get_ticket(request.actor, number)
    other = _other(request, data.number, "number")
    operations.link_tickets(ticket=found, other=other, kind=data.kind, actor=request.actor, now=clock.now())
    return fresh(request.actor, found.number, status=201)


@router.delete("/tickets/{number}/links/{int:link_id}", response={204: None}, summary="Take a link away")
def unlink(request: ApiRequest, number: str, link_id: int) -> HttpResponse:
    """The tickets stay as they are."""
    found = queries.get_ticket(request.actor, number)
    operations.unlink_tickets(ticket=found, link_id=link_id, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)


@router.post(
    "/messages/{int:message_id}/retry", response={200: outputs.MessageOut}, summary="Send a failed message again"
)
def retry(request: ApiRequest, message_id: int) -> HttpResponse:
    """Under the same Message-ID, so that whoever got it already can tell."""
    message = operations.retry_delivery(
        message=get_message(request.actor, message_id), actor=request.actor, now=clock.now()
    )
    return shapes.respond(shapes.message(message, message.attachments.all()))
