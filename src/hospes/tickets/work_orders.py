"""Pure decisions about work orders: which step may follow which, who may see one, when whom to warn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.core.actors import Actor
from hospes.tickets.policies import agent_may_see

# step → (the states in which it may be taken, the state after it)
STEPS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "accept": (frozenset({"open"}), "accepted"),
    "answer": (frozenset({"open", "accepted"}), "answered"),
    "decline": (frozenset({"open", "accepted"}), "declined"),
    "ask_again": (frozenset({"answered", "declined"}), "open"),
    "finish": (frozenset({"answered", "declined"}), "done"),
    "cancel": (frozenset({"open", "accepted", "answered", "declined"}), "cancelled"),
}
RUNNING: Final = frozenset({"open", "accepted"})
CLOSED: Final = frozenset({"done", "cancelled"})
# How far the warnings have gone.
QUIET, DUE_SOON, OVERDUE, ESCALATED = 0, 1, 2, 3
LINK_LIFE: Final = timedelta(days=30)
USUAL: Final = timedelta(hours=8)
SOONEST_DUE: Final = timedelta(seconds=1)
LATEST_DUE: Final = timedelta(days=365)


def after(state: str, step: str) -> str | None:
    """The state after a step, or None when it may not be taken now."""
    allowed, then = STEPS[step]
    return then if state in allowed else None


def possible(state: str) -> list[str]:
    """The steps that may be taken now."""
    return [step for step, (allowed, _then) in STEPS.items() if state in allowed]


def may_see(
    actor: Actor,
    *,
    team_id: int | None,
    agent_id: int | None,
    owner_id: int | None,
    ticket_team_id: int | None,
    ticket_assignee_id: int | None,
) -> bool:
    """Whoever is asked, whoever asked, and whoever may see the ticket; all agents who are not limited to teams."""
    if actor.kind == "system":
        return True
    if actor.kind != "agent" or not actor.may("desk.enter"):
        return False
    mine = actor.id is not None and actor.id in (agent_id, owner_id)
    asked = actor.team_ids is not None and team_id in actor.team_ids
    return mine or asked or agent_may_see(actor, team_id=ticket_team_id, assignee_id=ticket_assignee_id)


def moments(*, opened_at: datetime, due_at: datetime) -> tuple[datetime, datetime, datetime]:
    """(when to warn, when it is late, when the next one up is told): a quarter of the time before, the due time, half
    of the time after it, and in no case less than a second apart."""
    span = max(due_at - opened_at, SOONEST_DUE)
    return due_at - span / 4, due_at, due_at + span / 2


def warning_due(*, opened_at: datetime, due_at: datetime, warned: int, now: datetime) -> int:
    """The warning that is due now, the highest of those not given yet; 0 for none. It never falls back, so that a
    clock that jumps neither repeats a warning nor gives three at once."""
    passed = sum(1 for moment in moments(opened_at=opened_at, due_at=due_at) if moment <= now)
    return passed if passed > warned else QUIET


def next_look(*, opened_at: datetime, due_at: datetime, warned: int) -> datetime | None:
    """When the timer must look again; None when all warnings have been given."""
    return None if warned >= ESCALATED else moments(opened_at=opened_at, due_at=due_at)[warned]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field of a template, checked."""

    key: str
    label: str
    required: bool


def fields_of(raw: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """A template's fields as values."""
    return [Wanted(str(f.get("key", "")), str(f.get("label", "")), bool(f.get("required"))) for f in raw]


def missing(wanted: Sequence[Wanted], given: Mapping[str, str]) -> list[Wanted]:
    """The required fields that are empty."""
    return [f for f in wanted if f.required and not given.get(f.key, "").strip()]


def filled(wanted: Sequence[Wanted], given: Mapping[str, str]) -> list[dict[str, str]]:
    """What an order carries: label and value of each field that has one, in the template's order."""
    return [{"label": f.label, "value": value} for f in wanted if (value := given.get(f.key, "").strip()[:2000])]
