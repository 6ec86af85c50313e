"""Who may hear of an event: the one function that every push and every catch-up goes through. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from hospes.core.actors import Actor
from hospes.tickets.policies import agent_may_see

Hearing = Literal["all", "left", "nothing"]

RIGHT_FOR: Final = {
    "customer": "customer.see",
    "setup": "desk.enter",
    "playbook": "desk.enter",
    "team": "desk.enter",
    "raw": "delivery.decide",
    "sender": "sender.block",
    "invitation": "staff.manage",
    "presence": "desk.enter",
    "roster": "desk.enter",
    "skill": "desk.enter",
    "line": "desk.enter",
    "order": "customer.see",
    "incident": "desk.enter",
    "burst": "desk.enter",
    "component": "desk.enter",
    "subscriber": "incident.manage",
    "workflow": "desk.enter",
    "queue": "desk.enter",
    "article": "desk.enter",
    "escalation": "desk.enter",
    "contact_point": "desk.enter",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """An event row as plain values."""

    id: int
    name: str
    at: datetime
    subject: str
    subject_id: int | None
    team_id: int | None
    actor_kind: str = "system"
    actor_id: int | None = None
    actor_name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


def may_hear(actor: Actor, event: Heard) -> Hearing:
    """How much of an event somebody may hear: all of it, only that a ticket left their sight, or nothing.

    Ticket events follow the ticket's team and assignee after the event. Whoever could see the ticket before it was
    moved hears that it left, and no more. What is not named here is heard by nobody.
    """
    if actor.kind != "agent" or not actor.may("desk.enter"):
        return "nothing"
    if event.subject == "ticket":
        return _may_hear_ticket(actor, event)
    if event.subject == "agent":
        own = event.subject_id == actor.id
        return "all" if own or (event.name != "Notified" and actor.may("staff.manage")) else "nothing"
    right = RIGHT_FOR.get(event.subject)
    return "all" if right and actor.may(right) else "nothing"


def _may_hear_ticket(actor: Actor, event: Heard) -> Hearing:
    if agent_may_see(actor, team_id=event.team_id, assignee_id=event.data.get("assignee_id")):
        return "all"
    if event.name in {"TicketOffered", "OfferEnded"} and event.data.get("agent_id") == actor.id:
        return "all"  # whoever is asked to take it, also when it is not among their teams' tickets
    if event.name == "TicketChanged" and event.data.get("field") in {"team", "assignee"}:
        before = str(event.data.get("before") or "")
        mine = actor.id if event.data["field"] == "assignee" else None
        if before.isdigit() and (int(before) == mine or (mine is None and int(before) in (actor.team_ids or ()))):
            return "left"
    return "nothing"


def as_message(event: Heard, hearing: Hearing) -> dict[str, Any]:
    """What is sent of an event to a screen that may hear it."""
    ticket = event.subject_id if event.subject == "ticket" else None
    if hearing == "left":
        return {"id": event.id, "name": "TicketLeft", "at": event.at.isoformat(), "ticket": ticket, "data": {}}
    return {
        "id": event.id,
        "name": event.name,
        "at": event.at.isoformat(),
        "ticket": ticket,
        "team": event.team_id,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "actor": {"kind": event.actor_kind, "id": event.actor_id, "name": event.actor_name},
        "data": dict(event.data),
    }
