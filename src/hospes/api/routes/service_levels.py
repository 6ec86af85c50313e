"""Service levels over the API: calendars, policies, and the clocks of a ticket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import PRIORITIES, PRIORITY_NUMBERS, Id, Name, PageQuery, PriorityName, Strict
from hospes.api.outputs import PublicId
from hospes.core import clock
from hospes.core.paging import by_id
from hospes.sla import operations, queries
from hospes.sla.models import Calendar, Clock, Policy
from hospes.tickets import queries as tickets

router = Router(tags=["service levels"])
KindName = Literal["first_response", "next_response", "resolution", "queue_wait", "callback", "work_order"]
Hour = Annotated[str, Field(max_length=8, pattern=r"^[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?$")]
Windows = Annotated[list[Annotated[list[Hour], Field(min_length=2, max_length=2)]], Field(max_length=12)]
Week = Annotated[list[Windows], Field(min_length=7, max_length=7, description="Monday to Sunday")]


class OwnDay(Strict):
    """A date with windows of its own; none when closed."""

    date: Annotated[str, Field(max_length=10, pattern=r"^\d{4}-\d{2}-\d{2}$")]
    windows: Windows = []
    name: Annotated[str, Field(max_length=100)] = ""


class NewCalendar(Strict):
    """When somebody is there. `country` (and `subdivision`) bring public holidays."""

    name: Annotated[Name, Field(min_length=1)]
    time_zone: Annotated[str, Field(max_length=64)]
    windows: Week
    country: Annotated[str, Field(max_length=2)] = ""
    subdivision: Annotated[str, Field(max_length=10)] = ""
    days: Annotated[list[OwnDay], Field(max_length=400)] = []


class ChangeCalendar(Strict):
    """What is left out stays. With `apply`, clocks that run already are counted anew, in the background."""

    name: Name | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    windows: Week | None = None
    country: Annotated[str, Field(max_length=2)] | None = None
    subdivision: Annotated[str, Field(max_length=10)] | None = None
    days: Annotated[list[OwnDay], Field(max_length=400)] | None = None
    apply: bool = False


class TargetIn(Strict):
    """How much time there is: counted in `business` time of the policy's calendar, or all of it (`elapsed`)."""

    seconds: Annotated[int, Field(ge=1, le=366 * 86_400)]
    mode: Literal["business", "elapsed"] = "business"


Targets = dict[KindName, dict[PriorityName, TargetIn]]


class NewPolicy(Strict):
    """A promise to the tickets that fit the conditions; it comes last in the order."""

    name: Annotated[Name, Field(min_length=1)]
    targets: Targets
    conditions: dict[str, Any] = {}
    calendar_id: Id | None = None
    pause_waiting: bool = True
    pause_on_hold: bool = False
    pause_answers: bool = False
    warn_percent: Annotated[int, Field(ge=10, le=99)] = 80


class ChangePolicy(Strict):
    """What is left out stays. With `apply`, open tickets come under the policies as they are then."""

    name: Name | None = None
    targets: Targets | None = None
    conditions: dict[str, Any] | None = None
    calendar_id: Id | None = None
    pause_waiting: bool | None = None
    pause_on_hold: bool | None = None
    pause_answers: bool | None = None
    warn_percent: Annotated[int, Field(ge=10, le=99)] | None = None
    apply: bool = False


class CalendarOut(BaseModel):
    """A calendar."""

    id: PublicId
    name: str
    time_zone: str
    windows: list[list[list[str]]]
    country: str
    subdivision: str
    days: list[dict[str, Any]]
    version: int


class CalendarPage(BaseModel):
    """Calendars in use, by id."""

    items: list[CalendarOut]
    next: str | None


class PolicyOut(BaseModel):
    """A policy. The first by `position` whose conditions fit holds for a ticket."""

    id: PublicId
    name: str
    position: int
    conditions: dict[str, Any]
    calendar_id: PublicId | None
    targets: dict[str, dict[str, dict[str, Any]]]
    pause_waiting: bool
    pause_on_hold: bool
    pause_answers: bool
    warn_percent: int
    version: int


class PolicyPage(BaseModel):
    """Policies in use, by id."""

    items: list[PolicyOut]
    next: str | None


class PauseOut(BaseModel):
    """When a clock stood still, and why; an end of null is still to come."""

    start: datetime
    end: datetime | None
    reason: str


class ChangeOut(BaseModel):
    """Why a clock is due at another time than before."""

    at: datetime
    reason: str
    words: str
    before_due_at: datetime | None
    due_at: datetime | None


class ClockOut(BaseModel):
    """One promise on a ticket. `due_at` is null while it stands still."""

    id: PublicId
    kind: KindName
    state: Literal["running", "paused", "met", "ended"]
    policy: str
    started_at: datetime
    target_seconds: int
    mode: Literal["business", "elapsed"]
    used_seconds: int
    due_at: datetime | None
    warn_at: datetime | None
    breached_at: datetime | None
    met_at: datetime | None
    ended_at: datetime | None
    pauses: list[PauseOut]
    changes: list[ChangeOut]


class ClockPage(BaseModel):
    """A ticket's newest clocks, oldest first; there is no further page."""

    items: list[ClockOut]
    next: str | None


def _calendar(found: Calendar) -> dict[str, Any]:
    names = ("name", "time_zone", "windows", "country", "subdivision", "days", "version")
    return {"id": found.pk, **{name: getattr(found, name) for name in names}}


def _policy(found: Policy) -> dict[str, Any]:
    names = (
        "name", "position", "conditions", "calendar_id", "pause_waiting", "pause_on_hold", "pause_answers",
        "warn_percent", "version",
    )  # fmt: skip
    targets = {
        kind: {PRIORITIES[int(priority)]: target for priority, target in by.items()}
        for kind, by in found.targets.items()
    }
    return {"id": found.pk, **{name: getattr(found, name) for name in names}, "targets": targets}


def _clock(found: Clock, now: datetime) -> dict[str, Any]:
    newest = found.segments[-1]
    used = found.used_seconds
    if used is None:
        used = int(queries.time_of(found).used(now).total_seconds())
    moments = ("started_at", "due_at", "warn_at", "breached_at", "met_at", "ended_at")
    return {
        "id": found.pk,
        "kind": found.kind,
        "state": found.state,
        "policy": found.policy_version.data["name"],
        "target_seconds": newest["target"],
        "mode": "business" if newest["calendar"] else "elapsed",
        "used_seconds": used,
        **{name: shapes.stamp(getattr(found, name)) for name in moments},
        "pauses": [{name: pause[name] for name in ("start", "end", "reason")} for pause in found.pauses],
        "changes": [
            {
                "at": shapes.stamp(change.at),
                "reason": change.reason,
                "words": change.words,
                "before_due_at": shapes.stamp(change.before_due_at),
                "due_at": shapes.stamp(change.due_at),
            }
            for change in found.changes.all()
        ],
    }


def _targets(given: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        kind: {str(PRIORITY_NUMBERS[priority]): dict(target) for priority, target in by.items()}
        for kind, by in given.items()
    }


@router.get("/calendars", response=CalendarPage, summary="List calendars")
def list_calendars(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Service hours in use, by id."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.calendars(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_calendar(found) for found in page], following)


@router.post("/calendars", response={201: CalendarOut}, summary="Make a calendar")
def create_calendar(request: ApiRequest, data: NewCalendar) -> HttpResponse:
    """New clocks may count by it as soon as a policy names it."""
    made = operations.save_calendar(actor=request.actor, now=clock.now(), **data.model_dump())
    return shapes.respond(_calendar(made), status=201)


@router.get("/calendars/{int:calendar_id}", response=CalendarOut, summary="Get a calendar")
def get_calendar(request: ApiRequest, calendar_id: int) -> HttpResponse:
    """One calendar, also one that was put away."""
    request.actor.require("desk.enter")
    return shapes.respond(_calendar(queries.get_calendar(calendar_id)))


@router.patch("/calendars/{int:calendar_id}", response=CalendarOut, summary="Change a calendar")
def change_calendar(request: ApiRequest, calendar_id: int, data: ChangeCalendar) -> HttpResponse:
    """Clocks that run already keep the calendar as it was, unless `apply` is given."""
    request.actor.require("sla.manage")
    found = queries.get_calendar(calendar_id)
    whole = data.model_dump(exclude={"apply"})
    given = {name: whole[name] for name in data.model_fields_set & whole.keys() if whole[name] is not None}
    now = clock.now()
    found = operations.save_calendar(
        calendar=found, actor=request.actor, now=now, **{**queries.data_of(found), **given}
    )
    if data.apply:
        operations.apply_to_open(calendar=found, actor=request.actor, now=now)
    return shapes.respond(_calendar(found))


@router.get("/service-level-policies", response=PolicyPage, summary="List service-level policies")
def list_policies(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Policies in use, by id; `position` tells their order."""
    request.actor.require("desk.enter")
    page, following = by_id(queries.policies(), cursor=wanted.cursor, limit=wanted.limit)
    return shapes.page([_policy(found) for found in page], following)


@router.post("/service-level-policies", response={201: PolicyOut}, summary="Make a service-level policy")
def create_policy(request: ApiRequest, data: NewPolicy) -> HttpResponse:
    """It holds for new tickets that no policy before it fits."""
    request.actor.require("sla.manage")
    given = data.model_dump()
    made = operations.save_policy(actor=request.actor, now=clock.now(), **_understood(given))
    return shapes.respond(_policy(made), status=201)


@router.get("/service-level-policies/{int:policy_id}", response=PolicyOut, summary="Get a service-level policy")
def get_policy(request: ApiRequest, policy_id: int) -> HttpResponse:
    """One policy, also one that was put away."""
    request.actor.require("desk.enter")
    return shapes.respond(_policy(queries.get_policy(policy_id)))


@router.patch("/service-level-policies/{int:policy_id}", response=PolicyOut, summary="Change a service-level policy")
def change_policy(request: ApiRequest, policy_id: int, data: ChangePolicy) -> HttpResponse:
    """Clocks that run already keep the terms that they were started with, unless `apply` is given."""
    request.actor.require("sla.manage")
    found = queries.get_policy(policy_id)
    names = ("name", "conditions", "targets", "calendar", "pause_waiting", "pause_on_hold", "pause_answers")
    kept = {name: getattr(found, name) for name in (*names, "warn_percent")}
    whole = data.model_dump(exclude={"apply"})
    given = {name: whole[name] for name in data.model_fields_set & whole.keys()}
    if given.get("calendar_id", ...) is None:
        given.pop("calendar_id")
        kept["calendar"] = None
    given = _understood({n: v for n, v in given.items() if v is not None})
    now = clock.now()
    operations.save_policy(policy=found, actor=request.actor, now=now, **{**kept, **given})
    if data.apply:
        operations.apply_to_open(policy=found, actor=request.actor, now=now)
    return shapes.respond(_policy(queries.get_policy(policy_id)))


def _understood(given: dict[str, Any]) -> dict[str, Any]:
    """A policy's fields as the operation takes them."""
    if "targets" in given:
        given["targets"] = _targets(given["targets"])
    if "calendar_id" in given:
        number = given.pop("calendar_id")
        given["calendar"] = queries.get_calendar(number) if number else None
    return given


@router.get("/tickets/{number}/clocks", response=ClockPage, summary="List a ticket's clocks")
def list_clocks(request: ApiRequest, number: str) -> HttpResponse:
    """What was promised on it, what is due when, and why that changed."""
    ticket = tickets.get_ticket(request.actor, number)
    now = clock.now()
    return shapes.page([_clock(found, now) for found in queries.clocks_with_history(ticket)], None)
