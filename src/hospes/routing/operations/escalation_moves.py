"""The move itself: a ticket goes to another team or person with its hand-over; by hand and by chains alike."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.routing import events, tiers
from hospes.routing.models import EscalationPolicy, HandOver
from hospes.staff.models import Agent, Role, Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import ids_after


@dataclass(frozen=True, slots=True)
class Why:
    """What stands on a hand-over beside its place: by hand the three answers, of a chain its policy and step."""

    wants: str = ""
    tried: str = ""
    promised: str = ""
    promised_until: datetime | None = None
    note: str = ""
    reason: str = "hand"
    policy: EscalationPolicy | None = None
    step: int = 0
    waited_seconds: int = 0
    tell: bool = True


def waited(ticket: Ticket, now: datetime) -> int:
    """For how many seconds the customer has waited."""
    return max(0, round((now - ticket.waiting_since).total_seconds())) if ticket.waiting_since else 0


def to_a_team(ticket: Ticket, team: Team, why: Why, *, actor: Actor, now: datetime) -> HandOver:
    """The hand-over to a team, under the ticket's lock; routing finds who of them takes it."""
    made = HandOver(kind=HandOver.Kind.UP, to_team=team, to_tier=team.tier)
    _hand_over(made, ticket, why, actor=actor, now=now, team=team, assignee=None, tier=team.tier)
    return made


def to_person(ticket: Ticket, person: Agent, why: Why, *, actor: Actor, now: datetime, rank: int = 1) -> HandOver:
    """The hand-over to whoever is on call for decisions."""
    made = HandOver(kind=HandOver.Kind.ON_CALL, to_agent=person, to_tier=tiers.HIGHEST)
    _hand_over(made, ticket, why, actor=actor, now=now, rank=rank, assignee=person, tier=tiers.HIGHEST)
    return made


def _hand_over(
    made: HandOver, ticket: Ticket, why: Why, *, actor: Actor, now: datetime, rank: int = 0, **changes: Any
) -> None:
    made.ticket, made.from_team_id, made.from_tier = ticket, ticket.team_id, ticket.tier
    made.wants, made.tried, made.promised = why.wants, why.tried, why.promised
    made.promised_until, made.reason, made.policy, made.step = why.promised_until, why.reason, why.policy, why.step
    made.by_agent_id = actor.id if actor.kind == "agent" else None
    made.by_name, made.tell, made.at, made.note = storable(actor.name)[:200], why.tell, now, why.note
    made.save(force_insert=True)
    if ticket.responsible_id is None:
        changes["responsible"] = _first_responsible(ticket, made.by_agent_id)
    after = tickets.change_ticket(ticket=ticket, actor=actor, now=now, **changes)
    event = events.TicketEscalated(
        **ids_after(after),
        hand_over_id=made.pk,
        from_tier=made.from_tier,
        to_tier=made.to_tier,
        to_team_id=made.to_team_id,
        to_agent_id=made.to_agent_id,
        to_name=str(made.to_agent or made.to_team),
        on_call=made.kind == HandOver.Kind.ON_CALL,
        rank=rank,
        reason=why.reason,
        policy=why.policy.name if why.policy else "",
        step=why.step,
        waited_seconds=why.waited_seconds,
    )
    emit(event, actor=actor, now=now)


def _first_responsible(ticket: Ticket, by_agent_id: int | None) -> Agent | None:
    """Who answers for a ticket from its first hand-over on: whoever had it, or hands it over; when nobody had, the lead
    of the team that it leaves."""
    people = Agent.objects.filter(is_active=True)
    first = ticket.assignee_id or by_agent_id
    if first:
        return people.filter(pk=first).first()
    return people.filter(role=Role.LEAD, memberships__team=ticket.team_id or 0).order_by("pk").first()
