"""Channels over HTTP: by which ways a ticket can be answered, ready templates, and who somebody may be besides."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from hospes.api import outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Strict
from hospes.channels import queries as channels
from hospes.channels.templates import gaps
from hospes.core import clock
from hospes.core.errors import NotFound
from hospes.customers import joining
from hospes.customers import queries as customers
from hospes.customers.models import Customer, IdentityClaim
from hospes.tickets import queries as tickets
from hospes.tickets.queries.setup import active_inboxes
from hospes.tickets.queries.ways import Way, ways_of

router = Router(tags=["channels"])


class WayOut(BaseModel):
    """One way to answer. Give `via` (and `private`, where `mode` is not empty) with a reply."""

    via: outputs.PublicId = Field(description="The inbox")
    channel: str
    address: str
    name: str
    why: Literal["asked", "latest", "used", "known"] = Field(
        description="asked: they prefer it; latest: they wrote by it last; used; known: an address of theirs"
    )
    mode: Literal["", "public", "private"]
    open: bool = Field(description="Whether free words can be sent now")
    usable: bool = Field(description="Whether anything can be sent now, if only a template")
    stopped: bool = Field(description="They asked for no more messages here")
    free_until: datetime | None = Field(description="When free words end")
    characters: int = Field(description="Of one message; 0 for no limit")
    files: int = Field(description="How many in one message")
    file_bytes: int
    file_types: list[str] = Field(description="Empty for all")
    buttons: int
    templates: bool


class WayList(BaseModel):
    """Best first."""

    items: list[WayOut]


class TemplateOut(BaseModel):
    """A template that the provider has approved. `body` has {{1}}, {{2}} … for `gaps` values."""

    name: str
    language: str
    body: str
    gaps: int


class TemplateList(BaseModel):
    """By name and language."""

    items: list[TemplateOut]


class ClaimOut(BaseModel):
    """An address that a customer says is theirs, not proven. `owner` has it already, if anybody."""

    id: outputs.PublicId
    kind: Literal["email", "phone", "handle"]
    value: str
    source: str = Field(description="The channel on which they said so")
    owner: outputs.Named | None
    created_at: datetime


class ClaimList(BaseModel):
    """What nobody has decided on."""

    items: list[ClaimOut]


class Decision(Strict):
    """Why, for the audit log."""

    why: Annotated[str, Field(max_length=300)] = ""


def _way(way: Way) -> dict[str, Any]:
    traits = way.traits
    return {
        "via": way.inbox.pk,
        "channel": way.inbox.kind,
        "address": way.address,
        "name": way.name,
        "why": way.why,
        "mode": way.mode,
        "open": way.open and not way.stopped and not way.spent,
        "usable": way.usable,
        "stopped": way.stopped,
        "free_until": shapes.stamp(way.free_until),
        "characters": traits.characters,
        "files": traits.files,
        "file_bytes": traits.file_bytes,
        "file_types": list(traits.file_types),
        "buttons": traits.buttons,
        "templates": traits.templates,
    }


@router.get("/tickets/{number}/ways", response=WayList, summary="List the ways to answer")
def list_ways(request: ApiRequest, number: str) -> HttpResponse:
    """By which channels the customer can be answered now, best first, with the limits of each."""
    request.actor.require("ticket.reply")
    found = tickets.get_ticket(request.actor, number)
    return shapes.respond({"items": [_way(way) for way in ways_of(found, now=clock.now())]})


@router.get("/inboxes/{int:inbox_id}/templates", response=TemplateList, summary="List an inbox's templates")
def list_templates(request: ApiRequest, inbox_id: int) -> HttpResponse:
    """Those that can be sent: with `template` of a reply, also when the time for free words is over."""
    request.actor.require("desk.enter")
    if not active_inboxes().filter(pk=inbox_id).exists():
        raise NotFound
    found = channels.all_templates(inbox_id).filter(state="approved")
    items = [{"name": t.name, "language": t.language, "body": t.body, "gaps": gaps(t.body)} for t in found]
    return shapes.respond({"items": items})


def _claim(claim: IdentityClaim, owner: Customer | None) -> dict[str, Any]:
    return {
        "id": claim.pk,
        "kind": claim.kind,
        "value": claim.value,
        "source": claim.source,
        "owner": {"id": owner.pk, "name": owner.name} if owner is not None else None,
        "created_at": shapes.stamp(claim.created_at),
    }


@router.get("/customers/{int:customer_id}/claims", response=ClaimList, summary="List who somebody may be besides")
def list_claims(request: ApiRequest, customer_id: int) -> HttpResponse:
    """Addresses that they named and nobody has decided on."""
    found = customers.get_customer(request.actor, customer_id)
    return shapes.respond({"items": [_claim(claim, owner) for claim, owner in customers.open_claims(found)]})


@router.post("/claims/{int:claim_id}/accept", response=outputs.CustomerOut, summary="It is the same person")
def accept_claim(request: ApiRequest, claim_id: int, data: Decision) -> HttpResponse:
    """The two records become one, or the address is added; answers with the record that goes on."""
    claim = customers.get_claim(request.actor, claim_id)
    kept = joining.accept_claim(claim=claim, actor=request.actor, now=clock.now(), why=data.why)
    return shapes.respond(shapes.customer(customers.get_customer(request.actor, kept.pk)))


@router.post("/claims/{int:claim_id}/dismiss", response={204: None}, summary="It is another person")
def dismiss_claim(request: ApiRequest, claim_id: int, data: Decision) -> HttpResponse:
    """The same word is not asked about again."""
    claim = customers.get_claim(request.actor, claim_id)
    joining.dismiss_claim(claim=claim, actor=request.actor, now=clock.now(), why=data.why)
    return HttpResponse(status=204)
