"""Who is here, what they can do, who is on call, who is away."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Id, Line, Moment, PageQuery, Strict
from hospes.api.outputs import Named, PublicId
from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.paging import by_id
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import Absence, Agent

router = Router(tags=["staffing"])
StateName = Literal["online", "busy", "away", "offline"]
# A program that says that its owner is here says so again within this time.
HERE_FOR: Final = timedelta(minutes=5)


class PresenceOut(BaseModel):
    """Whether an agent is here and can be given work."""

    agent_id: PublicId
    name: str
    state: StateName
    assignable: bool = Field(description="Online, on shift, not absent, and allowed to answer")
    on_shift: bool
    absent: bool
    substitute_id: PublicId | None
    channels_off: list[str]
    capacity: int
    skills: dict[str, int] = Field(description="Levels 1 to 5 by the skill's id")
    languages: dict[str, int] = Field(description="Levels 1 to 5 by the language's code")
    changed_at: datetime | None


class PresencePage(BaseModel):
    """Everybody who works here, by id."""

    items: list[PresenceOut]
    next: str | None


def _presence(one: staff.Available) -> dict[str, Any]:
    return {
        "agent_id": one.agent_id,
        "name": one.name,
        "state": one.state,
        "assignable": one.assignable,
        "on_shift": one.on_shift,
        "absent": one.absent,
        "substitute_id": one.substitute_id,
        "channels_off": sorted(name for name, on in one.channels.items() if not on),
        "capacity": one.capacity,
        "skills": {str(pk): level for pk, level in one.skills.items()},
        "languages": dict(one.languages),
        "changed_at": shapes.stamp(one.changed_at),
    }


@router.get("/presence", response=PresencePage, summary="Who is here")
def list_presence(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """With skills, languages and capacity, by the agent's id."""
    request.actor.require("presence.own")
    page, following = by_id(staff.active_agents(), cursor=wanted.cursor, limit=wanted.limit)
    known = staff.availability(clock.now(), [agent.pk for agent in page])
    return shapes.page([_presence(known[agent.pk]) for agent in page if agent.pk in known], following)


@router.get("/presence/me", response=PresenceOut, summary="Whether the token's owner is here")
def get_own_presence(request: ApiRequest) -> HttpResponse:
    """As colleagues see it."""
    request.actor.require("presence.own")
    return shapes.respond(_presence(staff.availability(clock.now(), [request.agent.pk])[request.agent.pk]))


class PresenceIn(Strict):
    """A state chosen by hand, with its end (none: until it is changed)."""

    state: StateName
    until: Moment | None = None
    note: Line = ""


@router.put("/presence/me", response=PresenceOut, summary="Say whether the token's owner is here")
def put_own_presence(request: ApiRequest, data: PresenceIn) -> HttpResponse:
    """Whoever has no desk open is here for five minutes; say it again before they are over."""
    now = staff.database_now()
    operations.set_presence(agent=request.agent, **data.model_dump(), actor=request.actor, now=now)
    if data.state != "offline":
        operations.note_connected(
            agent_ids=[request.agent.pk], process="api", now=now, active=data.state == "online", lease=HERE_FOR
        )
    return shapes.respond(_presence(staff.availability(now, [request.agent.pk])[request.agent.pk]))


class SkillPage(BaseModel):
    """Skills in use, by id."""

    items: list[Named]
    next: str | None


@router.get("/skills", response=SkillPage, summary="List skills")
def list_skills(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Skills in use."""
    request.actor.require("desk.enter")
    page, following = by_id(staff.skills(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([{"id": skill.pk, "name": skill.name} for skill in page], following)


class OnCallOut(BaseModel):
    """Somebody to be reached now. `until` is null when nobody is on call and a manager is named for want of one."""

    team_id: PublicId | None = Field(description="Null for management")
    agent_id: PublicId
    name: str
    phone: str
    state: StateName
    rank: int = Field(description="1 is asked first")
    note: str
    until: datetime | None


class OnCallList(BaseModel):
    """Everybody on call now: management first, then by team."""

    items: list[OnCallOut]


@router.get("/on-call", response=OnCallList, summary="Who is on call now")
def list_on_call(request: ApiRequest) -> HttpResponse:
    """Of management and of every team."""
    request.actor.require("ticket.note")
    found = staff.reachable_now(clock.now())
    items = [
        {
            "team_id": team_id,
            "agent_id": one.agent_id,
            "name": one.name,
            "phone": one.phone,
            "state": one.state,
            "rank": one.rank,
            "note": one.note,
            "until": shapes.stamp(one.until),
        }
        for team_id, people in sorted(found.items(), key=lambda pair: pair[0] or 0)
        for one in people
    ]
    return shapes.respond({"items": items})


class AbsenceOut(BaseModel):
    """Somebody is out of office from `starts_at` until before `ends_at`."""

    id: PublicId
    agent: Named
    substitute: Named | None
    starts_at: datetime
    ends_at: datetime
    note: str


class AbsencePage(BaseModel):
    """Absences that are not over, by id."""

    items: list[AbsenceOut]
    next: str | None


def _absence(one: Absence) -> dict[str, Any]:
    heir = one.substitute
    return {
        "id": one.pk,
        "agent": {"id": one.agent_id, "name": one.agent.name},
        "substitute": {"id": heir.pk, "name": heir.name} if heir else None,
        "starts_at": shapes.stamp(one.starts_at),
        "ends_at": shapes.stamp(one.ends_at),
        "note": one.note,
    }


@router.get("/absences", response=AbsencePage, summary="Who is and will be away")
def list_absences(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Those that are over are left out."""
    request.actor.require("presence.own")
    page, following = by_id(staff.absences(clock.now()), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_absence(one) for one in page], following)


class NewAbsence(Strict):
    """Without `agent_id` the token's owner's own."""

    agent_id: Id | None = None
    substitute_id: Id | None = None
    starts_at: Moment
    ends_at: Moment
    note: Annotated[str, Field(max_length=200)] = ""


@router.post("/absences", response={201: AbsenceOut}, summary="Enter an absence")
def add_absence(request: ApiRequest, data: NewAbsence) -> HttpResponse:
    """One's own, or as a lead one of the team's."""
    request.actor.require("presence.own")
    agent = _agent(data.agent_id, "agent_id") or request.agent
    given = data.model_dump(exclude={"agent_id", "substitute_id"})
    made = operations.add_absence(
        agent=agent,
        substitute=_agent(data.substitute_id, "substitute_id"),
        **given,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_absence(made), status=201)


def _agent(agent_id: int | None, field: str) -> Agent | None:
    if agent_id is None:
        return None
    found = staff.active_agents().filter(pk=agent_id).first()
    if found is None:
        raise InvalidInput(_("Choose somebody who works here."), field=field)
    return found


@router.delete("/absences/{int:absence_id}", response={204: None}, summary="Take an absence back")
def remove_absence(request: ApiRequest, absence_id: int) -> HttpResponse:
    """Also one that runs: the agent is back early."""
    request.actor.require("presence.own")
    found = staff.absences(clock.now()).filter(pk=absence_id).first()
    if found is None:
        raise NotFound
    operations.remove_absence(absence=found, actor=request.actor, now=clock.now())
    return HttpResponse(status=204)
