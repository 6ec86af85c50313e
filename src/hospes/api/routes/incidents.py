"""Incidents: declaring, linking tickets, telling customers, the state of the service."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Flag, Id, LanguageCode, Moment, Number, PageQuery, Strict
from hospes.core import clock
from hospes.core.errors import NotFound
from hospes.core.paging import by_id
from hospes.incidents import operations, queries
from hospes.incidents.models import Component, Incident, IncidentUpdate
from hospes.incidents.queries import Progress
from hospes.staff import queries as staff
from hospes.tickets import queries as tickets
from hospes.tickets.queries import screen

router = Router(tags=["incidents"])
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=10_000)]
Texts = Annotated[dict[LanguageCode, Text], Field(max_length=20, description='By language, such as {"en": …}')]
StateName = Literal["investigating", "identified", "monitoring", "resolved"]
SeverityName = Literal["minor", "major", "critical"]


class ComponentOut(BaseModel):
    """A part of the service."""

    id: int
    name: str
    state: Literal["operational", "degraded", "partial", "major", "maintenance"]


class ProgressOut(BaseModel):
    """How far a public update has come."""

    sent: int
    waiting: int
    failed: int
    skipped: int


class UpdateOut(BaseModel):
    """A word about an incident."""

    id: int
    texts: dict[str, str]
    public: bool
    state: StateName
    at: datetime
    by: str
    progress: ProgressOut | None


class IncidentOut(BaseModel):
    """An incident; `tickets` is how many are behind it."""

    id: int
    number: str
    title: str
    titles: dict[str, str]
    state: StateName
    severity: SeverityName
    components: list[ComponentOut]
    owner_id: int | None
    public: bool
    link_close_matches: bool
    answer_newcomers: bool
    began_at: datetime
    declared_at: datetime
    resolved_at: datetime | None
    tickets: int
    version: int


class IncidentPage(BaseModel):
    """A page of incidents."""

    items: list[IncidentOut]
    next: str | None


class LinkedOut(BaseModel):
    """A linked ticket."""

    number: str
    way: Literal["hand", "suggestion", "automatic", "burst"]
    linked_at: datetime
    keep_open: bool


class LinkedPage(BaseModel):
    """A page of linked tickets."""

    items: list[LinkedOut]
    next: str | None


class UpdatePage(BaseModel):
    """All updates of an incident, newest first."""

    items: list[UpdateOut]
    next: str | None


class ServiceStateOut(BaseModel):
    """How the service is: the worst of its parts, and what goes on."""

    state: Literal["operational", "degraded", "partial", "major", "maintenance"]
    components: list[ComponentOut]
    incidents: list[IncidentOut]


def _part(part: Component) -> dict[str, Any]:
    return {"id": part.pk, "name": part.name, "state": part.state}


def _incident(incident: Incident) -> dict[str, Any]:
    names = ("title", "titles", "state", "severity", "owner_id", "public", "link_close_matches", "answer_newcomers")
    return {
        "id": incident.pk,
        "number": incident.number,
        **{name: getattr(incident, name) for name in names},
        "components": [_part(part) for part in incident.components.all()],
        "began_at": shapes.stamp(incident.began_at),
        "declared_at": shapes.stamp(incident.declared_at),
        "resolved_at": shapes.stamp(incident.resolved_at),
        "tickets": getattr(incident, "linked", 0),
        "version": incident.version,
    }


def _update(update: IncidentUpdate, progress: Progress | None) -> dict[str, Any]:
    far = None
    if update.public and progress is not None:
        far = {name: getattr(progress, name) for name in ("sent", "waiting", "failed", "skipped")}
    return {
        "id": update.pk,
        "texts": update.texts,
        "public": update.public,
        "state": update.state,
        "at": shapes.stamp(update.at),
        "by": update.by_name,
        "progress": far,
    }


class IncidentQuery(PageQuery):
    """Filters narrow each other."""

    active: Flag | None = None


@router.get("/incidents", response=IncidentPage, summary="List incidents")
def list_incidents(request: ApiRequest, wanted: Query[IncidentQuery]) -> HttpResponse:
    """Newest first."""
    request.actor.require("desk.enter")
    found = queries.incidents()
    if wanted.active is not None:
        found = found.exclude(state="resolved") if wanted.active else found.filter(state="resolved")
    page, following = by_id(found, cursor=wanted.cursor, limit=wanted.limit, newest_first=True)
    return shapes.page([_incident(one) for one in page], following)


@router.get("/incidents/{int:incident_id}", response=IncidentOut, summary="Get an incident")
def get_incident(request: ApiRequest, incident_id: int) -> HttpResponse:
    """One incident."""
    return shapes.respond(_incident(queries.get_incident(request.actor, incident_id)))


class IncidentFields(Strict):
    """`components` and `owner` by id; `titles` are translations of the title."""

    titles: Texts = {}
    severity: SeverityName = "major"
    components: Annotated[list[Id], Field(max_length=100)] = []
    public: bool = False
    link_close_matches: bool = False
    answer_newcomers: bool = True
    owner: Id | None = None


class NewIncident(IncidentFields):
    """`began_at` is when customers first felt it; `burst` is a proposal whose tickets are linked."""

    title: Title
    began_at: Moment | None = None
    burst: Id | None = None


def _given(data: IncidentFields) -> dict[str, Any]:
    given = data.model_dump(exclude_unset=True)
    if given.get("owner") is not None:
        given["owner"] = staff.get_agent(given["owner"])
    return given


@router.post("/incidents", response={201: IncidentOut}, summary="Declare an incident")
def declare_incident(request: ApiRequest, data: NewIncident) -> HttpResponse:
    """Nobody outside is told by this alone; post a public update for that."""
    request.actor.require("incident.manage")
    given = _given(data)
    burst = given.pop("burst", None)
    if burst is not None:
        given["burst"] = queries.get_burst(request.actor, burst)
    made = operations.declare(**given, actor=request.actor, now=clock.now())
    headers = {"Location": f"/api/v1/incidents/{made.pk}"}
    return shapes.respond(_incident(queries.get_incident(request.actor, made.pk)), status=201, headers=headers)


class ChangeIncident(IncidentFields):
    """What is left out stays. With `version`, refused (409) when somebody changed it since."""

    title: Title = "-"
    began_at: Moment | None = None
    version: Annotated[int | None, Field(ge=1, le=2**31)] = None


@router.patch("/incidents/{int:incident_id}", response=IncidentOut, summary="Change an incident")
def change_incident(request: ApiRequest, incident_id: int, data: ChangeIncident) -> HttpResponse:
    """All or nothing. The state is changed by posting an update."""
    found = queries.get_incident(request.actor, incident_id)
    operations.change_incident(incident=found, actor=request.actor, now=clock.now(), **_given(data))
    return shapes.respond(_incident(queries.get_incident(request.actor, incident_id)))


@router.get("/incidents/{int:incident_id}/updates", response=UpdatePage, summary="List updates of an incident")
def list_updates(request: ApiRequest, incident_id: int) -> HttpResponse:
    """Newest first, public and internal, with how far the public ones have come."""
    found = queries.updates_of(queries.get_incident(request.actor, incident_id))
    progress = queries.progress_of([update.pk for update in found if update.public])
    return shapes.page([_update(update, progress.get(update.pk)) for update in found], None)


class NewUpdate(Strict):
    """`texts` by language; whoever reads another one gets the English text. `solve` solves linked tickets when it is
    resolved, without those where the customer wrote again unless `leave_asked` is false."""

    texts: Texts
    public: bool = False
    state: StateName | None = None
    solve: bool = False
    leave_asked: bool = True
    version: Annotated[int | None, Field(ge=1, le=2**31)] = None


@router.post("/incidents/{int:incident_id}/updates", response={201: UpdateOut}, summary="Post an update")
def post_update(request: ApiRequest, incident_id: int, data: NewUpdate) -> HttpResponse:
    """A public one goes to each customer behind the incident exactly once, in the background."""
    found = queries.get_incident(request.actor, incident_id)
    given = {**data.model_dump(), "state": data.state or ""}
    made = operations.post_update(incident=found, actor=request.actor, now=clock.now(), **given)
    progress = queries.progress_of([made.pk])[made.pk] if made.public else None
    return shapes.respond(_update(made, progress), status=201)


@router.get("/incidents/{int:incident_id}/tickets", response=LinkedPage, summary="List linked tickets")
def list_linked(request: ApiRequest, incident_id: int, wanted: Query[PageQuery]) -> HttpResponse:
    """Those that the token's owner may see, last linked first."""
    incident = queries.get_incident(request.actor, incident_id)
    cursor = (wanted.cursor or "").removeprefix("i")
    places, following = queries.linked_page(request.actor, incident, cursor=cursor, limit=wanted.limit)
    items = [
        {
            "number": place.ticket.number,
            "way": place.way,
            "linked_at": shapes.stamp(place.linked_at),
            "keep_open": place.keep_open,
        }
        for place in places
    ]
    return shapes.page(items, f"i{following}" if following else None)


class LinkTickets(Strict):
    """Tickets by number."""

    numbers: Annotated[list[Number], Field(min_length=1, max_length=200)]


class LinkedNow(BaseModel):
    """Which ones newly belong to it."""

    linked: list[str]


@router.post("/incidents/{int:incident_id}/tickets", response=LinkedNow, summary="Link tickets")
def link_tickets(request: ApiRequest, incident_id: int, data: LinkTickets) -> HttpResponse:
    """Numbers that the token's owner cannot see are passed over. Customers hear the latest public word, once."""
    incident = queries.get_incident(request.actor, incident_id)
    found = screen.tickets_by_number(request.actor, [number.upper().replace("-", "") for number in data.numbers])
    done = operations.link_tickets(incident=incident, tickets=found, actor=request.actor, now=clock.now())
    return shapes.respond({"linked": [ticket.number for ticket in done]})


@router.delete(
    "/incidents/{int:incident_id}/tickets/{number}", response={204: None}, summary="Take a ticket off an incident"
)
def unlink_ticket(request: ApiRequest, incident_id: int, number: str) -> HttpResponse:
    """Nothing more is told on it."""
    incident = queries.get_incident(request.actor, incident_id)
    ticket = tickets.get_ticket(request.actor, number)
    operations.unlink_ticket(incident=incident, ticket=ticket, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)


@router.get("/status", response=ServiceStateOut, summary="Get the state of the service")
def get_status(request: ApiRequest) -> HttpResponse:
    """All parts and what goes on, internal incidents too. The public form is /portal/status/status.json."""
    request.actor.require("desk.enter")
    parts = list(queries.components())
    active = list(queries.incidents().exclude(state="resolved").order_by("-id")[:100])
    body = {
        "state": queries.status_now("en").state,
        "components": [_part(part) for part in parts],
        "incidents": [_incident(one) for one in active],
    }
    return shapes.respond(body)


class SetComponent(Strict):
    """How a part is: maintenance is begun and ended so."""

    state: Literal["operational", "degraded", "partial", "major", "maintenance"]


@router.patch(
    "/status/components/{int:component_id}", response=ComponentOut, summary="Set how a part of the service is"
)
def set_component(request: ApiRequest, component_id: int, data: SetComponent) -> HttpResponse:
    """Incidents change it by themselves; monitoring may do so here."""
    found = queries.components().filter(pk=component_id).first()
    if found is None:
        raise NotFound
    kept = operations.save_component(
        component=found, name=found.name, state=data.state, actor=request.actor, now=clock.now()
    )
    return shapes.respond(_part(kept))
