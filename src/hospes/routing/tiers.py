"""Pure decisions on tiers and escalation: which team is next, which step is due when, who is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

TIERS: Final = (1, 2, 3)
HIGHEST: Final = 3
MOST_STEPS: Final = 10
LONGEST_WAIT: Final = 30 * 86400
WAITING: Final = frozenset({"new", "open"})
# A clock that went back further than this has jumped.
JUMP: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """A team as the decision sees it."""

    id: int
    tier: int = 1
    line_id: int | None = None
    back_office: bool = False
    name: str = ""


def target_team(teams: Iterable[TeamFacts], *, current: TeamFacts | None, tier: int) -> int | None:
    """The team of a tier that takes over from `current`: of the same line of business, else one that serves all lines.
    A ticket of no line may go to any line's team; one of a line never goes to another line's. None when there is
    none."""
    line = current.line_id if current is not None else None
    fits = [
        team
        for team in teams
        if team.tier == tier
        and not team.back_office
        and (current is None or team.id != current.id)
        and (line is None or team.line_id in (line, None))
    ]
    best = min(
        fits, key=lambda team: (team.line_id != line, team.line_id is not None, team.name, team.id), default=None
    )
    return best.id if best is not None else None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: `after` so many seconds, to a `tier`, or to the on-call person of `rank`."""

    after: int
    to: str
    tier: int = 0
    rank: int = 0


def steps_of(raw: Sequence[Mapping[str, Any]]) -> list[Step]:
    """A policy's steps as values. Raises ValueError for what cannot be a chain."""
    if not 0 < len(raw) <= MOST_STEPS:
        raise ValueError("steps")
    return [_step(one) for one in raw]


def _step(raw: Mapping[str, Any]) -> Step:
    after, to = raw.get("after"), raw.get("to")
    if isinstance(after, bool) or not isinstance(after, int) or not 0 < after <= LONGEST_WAIT:
        raise ValueError("after")
    if to == "tier" and raw.get("tier") in (2, 3):
        return Step(after, "tier", tier=raw["tier"])
    if to == "on_call":
        rank = raw.get("rank", 1)
        if rank in (1, 2, 3) and not isinstance(rank, bool):
            return Step(after, "on_call", rank=rank)
    raise ValueError("to")


def next_due(steps: Sequence[Step], *, taken: int, anchored_at: datetime) -> datetime | None:
    """When the next step is due, counted from when the customer began to wait or from the step before; None after the
    last."""
    return anchored_at + timedelta(seconds=steps[taken].after) if taken < len(steps) else None


def waits(*, active: bool, category: str, waiting_since: datetime | None) -> bool:
    """Whether a customer waits for us: a ticket on hold waits for somebody else, a solved one for nobody."""
    return active and waiting_since is not None and category in WAITING


def is_there_already(step: Step, *, tier: int) -> bool:
    """Whether somebody took the step by hand before."""
    return step.to == "tier" and tier >= step.tier


def asked_next(on_call: Sequence[int], *, asked: Iterable[int]) -> int | None:
    """The first on call who was not asked yet; None when all were."""
    had = set(asked)
    return next((agent_id for agent_id in on_call if agent_id not in had), None)


def moments_wrong(*, anchored_at: datetime, now: datetime) -> bool:
    """Whether a timer counts from a moment that has not come: then the clock was put back."""
    return anchored_at > now + JUMP


def median(values: Iterable[float]) -> float | None:
    """The middle value; None of none."""
    found = sorted(values)
    if not found:
        return None
    half = len(found) // 2
    return found[half] if len(found) % 2 else (found[half - 1] + found[half]) / 2
