"""Escalation between tiers; the same operations as the desk's."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Id, Moment, Strict, Words
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.routing import operations as routing
from hospes.routing.models import HandOver
from hospes.routing.queries import escalation
from hospes.staff import queries as staff
from hospes.staff.models import Agent, Team
from hospes.tickets import queries

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


class HandOverList(BaseModel):
    """A ticket's hand-overs, newest first."""

    items: list[HandOverOut]
    next: str | None


def chosen_team(team_id: int | None) -> Team | None:
    """The team of an id. Raises InvalidInput."""
    found = staff.teams().filter(pk=team_id).first() if team_id else None
    if team_id and found is None:
        raise InvalidInput(_("Choose one of the teams."), field="team_id")
    return found


def chosen_agent(agent_id: int | None, field: str = "agent_id") -> Agent | None:
    """The agent of an id. Raises InvalidInput."""
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
        to_team=chosen_team(data.team_id),
        on_call=data.on_call,
        new_responsible=chosen_agent(data.new_responsible_id, "new_responsible_id"),
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
        to_team=chosen_team(data.team_id),
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
