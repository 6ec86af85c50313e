"""Customers, and the people who work here."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from hospes.api import choices, outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Email, Flag, Id, LanguageCode, Name, PageQuery, Strict, Words
from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.paging import by_id
from hospes.core.text import fold
from hospes.customers import operations, queries
from hospes.customers.models import ContactPoint, Customer
from hospes.staff import queries as staff
from hospes.tickets.ways import all_traits

router = Router()
Phone = Annotated[str, Field(max_length=40)]
Zone = Annotated[str, Field(max_length=50)]


class CustomerQuery(PageQuery):
    """Filters narrow each other."""

    search: Annotated[str | None, Field(max_length=200, description="In name, company and contact points")] = None
    email: Annotated[str | None, Field(max_length=254, description="Exactly this address")] = None
    vip: Flag | None = None


@router.get("/customers", response=outputs.CustomerPage, summary="List or search customers", tags=["customers"])
def list_customers(request: ApiRequest, wanted: Query[CustomerQuery]) -> HttpResponse:
    """Newest first."""
    found = queries.customers(request.actor)
    for word in fold(wanted.search or "").split()[:6]:
        found = found.filter(search__contains=word)
    if wanted.email is not None:
        owner = queries.find_by_contact("email", wanted.email)
        found = found.filter(pk=owner.pk if owner else 0)
    if wanted.vip is not None:
        found = found.filter(vip=wanted.vip)
    page, following = by_id(found, cursor=wanted.cursor, limit=wanted.limit, newest_first=True)
    return shapes.page([shapes.customer(c) for c in page], following)


@router.get("/customers/{int:customer_id}", response=outputs.CustomerOut, summary="Get a customer", tags=["customers"])
def get_customer(request: ApiRequest, customer_id: int) -> HttpResponse:
    """A merged one answers with the one that they were merged into."""
    return shapes.respond(shapes.customer(queries.get_customer(request.actor, customer_id)))


class NewCustomer(Strict):
    """A name, an address or a phone number is needed."""

    name: Name = ""
    email: Email = ""
    phone: Phone = ""
    language: LanguageCode = ""
    company: Name = ""


@router.post("/customers", response={201: outputs.CustomerOut}, summary="Create a customer", tags=["customers"])
def create_customer(request: ApiRequest, data: NewCustomer) -> HttpResponse:
    """Refused (409) where the address or number has an owner already."""
    made = operations.create_customer(**data.model_dump(), actor=request.actor, now=clock.now())
    headers = {"Location": f"/api/v1/customers/{made.pk}"}
    return shapes.respond(shapes.customer(made), status=201, headers=headers)


class ChangeCustomer(Strict):
    """What is left out stays. `company` is a name."""

    name: Name = ""
    language: LanguageCode = ""
    time_zone: Zone = ""
    vip: bool = False
    notes: Words = ""
    fields: dict[str, Any] = {}
    company: Name = ""
    preferred_channel: Annotated[
        str, Field(max_length=20, description="A kind of inbox; empty to learn it from how they answer")
    ] = ""


@router.patch(
    "/customers/{int:customer_id}", response=outputs.CustomerOut, summary="Change a customer", tags=["customers"]
)
def change_customer(request: ApiRequest, customer_id: int, data: ChangeCustomer) -> HttpResponse:
    """All or nothing."""
    found = queries.get_customer(request.actor, customer_id)
    given = data.model_dump(exclude_unset=True)
    request.actor.require("customer.change")
    if given.get("preferred_channel") and given["preferred_channel"] not in all_traits():
        raise InvalidInput(_("Choose one of the channels."), field="preferred_channel")
    if given:
        operations.change_customer(customer=found, actor=request.actor, now=clock.now(), **given)
    return shapes.respond(shapes.customer(queries.get_customer(request.actor, customer_id)))


class NewContactPoint(Strict):
    """One way to reach the customer."""

    kind: Literal["email", "phone"]
    value: Annotated[str, Field(min_length=1, max_length=254)]


@router.post(
    "/customers/{int:customer_id}/contact-points",
    response={201: outputs.CustomerOut},
    summary="Add a contact point",
    tags=["customers"],
)
def add_contact_point(request: ApiRequest, customer_id: int, data: NewContactPoint) -> HttpResponse:
    """Refused (409) where it belongs to another customer."""
    found = queries.get_customer(request.actor, customer_id)
    operations.add_contact_point(customer=found, kind=data.kind, value=data.value, actor=request.actor, now=clock.now())
    return shapes.respond(shapes.customer(queries.get_customer(request.actor, customer_id)), status=201)


@router.delete(
    "/customers/{int:customer_id}/contact-points/{int:point_id}",
    response={204: None},
    summary="Remove a contact point",
    tags=["customers"],
)
def remove_contact_point(request: ApiRequest, customer_id: int, point_id: int) -> HttpResponse:
    """The customer's tickets stay."""
    found = queries.get_customer(request.actor, customer_id)
    point = ContactPoint.objects.filter(pk=point_id, customer=found).first()
    if point is None:
        raise NotFound
    operations.remove_contact_point(point=point, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)


class MergeCustomer(Strict):
    """The customer who goes on."""

    into: Id


@router.post(
    "/customers/{int:customer_id}/merge", response=outputs.CustomerOut, summary="Merge a customer", tags=["customers"]
)
def merge_customer(request: ApiRequest, customer_id: int, data: MergeCustomer) -> HttpResponse:
    """Into another one, who is the answer. It can be undone."""
    keep = choices.customer(request.actor, data.into, field="into")
    other = queries.get_customer(request.actor, customer_id)
    operations.merge_customers(keep=keep, other=other, actor=request.actor, now=clock.now())
    return shapes.respond(shapes.customer(queries.get_customer(request.actor, keep.pk)))


@router.post(
    "/customers/{int:customer_id}/unmerge", response=outputs.CustomerOut, summary="Undo a merge", tags=["customers"]
)
def unmerge_customer(request: ApiRequest, customer_id: int) -> HttpResponse:
    """The customer stands alone again."""
    queries.get_customer(request.actor, customer_id)
    other = Customer.objects.get(pk=customer_id)
    if other.merged_into_id is None:
        raise InvalidInput(_("This customer was not merged."), field="customer_id")
    operations.unmerge_customer(other=other, actor=request.actor, now=clock.now())
    return shapes.respond(shapes.customer(queries.get_customer(request.actor, customer_id)))


@router.get("/agents", response=outputs.AgentPage, summary="List agents", tags=["staff"])
def list_agents(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """All who work or worked here, by id."""
    request.actor.require("desk.enter")
    page, following = by_id(staff.agents(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([shapes.agent(a) for a in page], following)


@router.get("/agents/me", response=outputs.Me, summary="Whose token this is", tags=["staff"])
def get_me(request: ApiRequest) -> HttpResponse:
    """The token's owner and their rights."""
    more = {"rights": sorted(request.actor.rights), "only_own_teams": request.agent.only_own_teams}
    return shapes.respond({**shapes.agent(request.agent), **more})


@router.get("/agents/{int:agent_id}", response=outputs.AgentOut, summary="Get an agent", tags=["staff"])
def get_agent(request: ApiRequest, agent_id: int) -> HttpResponse:
    """Somebody who works or worked here."""
    request.actor.require("desk.enter")
    return shapes.respond(shapes.agent(staff.get_agent(agent_id)))


@router.get("/teams", response=outputs.TeamPage, summary="List teams", tags=["staff"])
def list_teams(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Teams in use, by id."""
    request.actor.require("desk.enter")
    page, following = by_id(staff.teams(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([{"id": t.pk, "name": t.name, "tier": t.tier} for t in page], following)
