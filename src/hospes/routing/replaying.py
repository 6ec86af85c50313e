"""What another set of queues would have done with tickets of the past: the same decision over history. Pure.

What is not kept of the past is taken as it is today: who is in which team, what they know and speak, what they can
carry. People are taken to be here in their planned shifts, or always when they have none. A ticket keeps its owner
busy from the moment it is given until it was solved (or until the end).
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from hospes.core.conditions import Facts
from hospes.routing.policies import Candidate, Work, decide, due_steps, next_step_at, rank
from hospes.routing.queries.rules import Rule, first_match

LONGEST: Final = timedelta(days=30)
MOST_LOOKED_AT: Final = 200


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket of the past: how it came, what was true of it then, who had it first, how long it kept them busy."""

    id: int
    at: datetime
    work: Work
    facts: Facts
    team_id: int | None
    owner_id: int | None
    customer_id: int
    busy_for: timedelta


@dataclass(frozen=True, slots=True)
class Shifted:
    """Somebody as they are today, with when they were planned to be here; no spans: always here."""

    person: Candidate
    spans: tuple[tuple[datetime, datetime], ...] = ()

    def at(self, now: datetime, *, units: int, count: int, turn: int) -> Candidate:
        """As the decision would have seen them then."""
        here = not self.spans or any(start <= now < end for start, end in self.spans)
        return replace(self.person, on_shift=here, units=units, channel_count=count, turn=turn)


@dataclass(slots=True)
class Outcome:
    """What came of it. `waits` are seconds from arrival to somebody; `different` counts tickets that went to another
    than they really did."""

    given: Counter[int] = field(default_factory=Counter)
    by_queue: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    owners: dict[int, int] = field(default_factory=dict)
    unqueued: int = 0
    never: int = 0
    same: int = 0
    different: int = 0


@dataclass(slots=True)
class _World:
    people: Mapping[int, Shifted]
    units: Counter[int] = field(default_factory=Counter)
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    turns: dict[tuple[int, int], int] = field(default_factory=dict)
    turn: int = 0
    helped: dict[int, tuple[int | None, datetime | None]] = field(default_factory=dict)


@dataclass(slots=True)
class _Waiting:
    past: Past
    rule: Rule
    came: datetime


def replay(pasts: Sequence[Past], people: Iterable[Shifted], rules: Sequence[Rule], *, until: datetime) -> Outcome:
    """Let every ticket come again, in order; whoever becomes free takes the next that waits."""
    world = _World({one.person.id: one for one in people})
    outcome = Outcome()
    waiting: dict[int, _Waiting] = {}
    # (when, kind, number): 0 somebody has room again, 1 a look at what waits, 2 a ticket comes.
    agenda: list[tuple[datetime, int, int]] = [(past.at, 2, n) for n, past in enumerate(pasts)]
    agenda += [(start, 1, -1) for one in world.people.values() for start, _end in one.spans if start <= until]
    heapq.heapify(agenda)
    ends: dict[int, tuple[int, str, int]] = {}
    while agenda:
        now, kind, number = heapq.heappop(agenda)
        if now > until:
            break
        if kind == 2:
            _arrive(pasts[number], number, rules, waiting, outcome, now)
        if kind == 0:
            agent, channel, weight = ends.pop(number)
            world.units[agent] -= weight
            world.counts[agent, channel] -= 1
        for place in _in_line(waiting, number if kind == 2 else None):
            chosen = _try(waiting[place], world, now)
            if chosen is None:
                step_at = _next_step(waiting[place], now) if kind == 2 else None
                if step_at is not None:
                    heapq.heappush(agenda, (step_at, 1, place))
                continue
            one = waiting.pop(place)
            _give(one, chosen, world, outcome, now)
            ends[place] = (chosen.id, one.past.work.channel, chosen.weight)
            heapq.heappush(agenda, (now + min(one.past.busy_for, LONGEST), 0, place))
    outcome.never = len(waiting)
    return outcome


def _arrive(
    past: Past, number: int, rules: Sequence[Rule], waiting: dict[int, _Waiting], outcome: Outcome, now: datetime
) -> None:
    rule = first_match(
        rules, past.facts, channel=past.work.channel, tier=past.work.tier, team_id=past.team_id, team_by_hand=False,
        now=now,
    )  # fmt: skip
    if rule is None:
        outcome.unqueued += 1
        return
    outcome.by_queue[rule.id] += 1
    waiting[number] = _Waiting(past, rule, now)


def _in_line(waiting: Mapping[int, _Waiting], newcomer: int | None) -> list[int]:
    """Who is looked at now: a newcomer alone, as nobody became free; else everybody, who comes first going first."""
    if newcomer is not None:
        return [newcomer] if newcomer in waiting else []
    ranked = sorted(
        (
            rank(
                entered_at=one.came,
                priority=one.past.work.priority,
                vip=one.past.work.vip,
                boost_minutes=one.rule.boost,
            ),
            number,
        )
        for number, one in waiting.items()
    )
    return [number for _rank, number in ranked[:MOST_LOOKED_AT]]


def _try(one: _Waiting, world: _World, now: datetime) -> Candidate | None:
    step = due_steps(one.rule.overflow, entered_at=one.came, now=now)
    seen = one.rule.at_step(step, team_id=one.past.team_id)
    work = one.past.work
    helper_id, helped_at = world.helped.get(one.past.customer_id, (None, None))
    work = replace(work, helper_id=helper_id, helped_at=helped_at)
    people = [
        other.at(
            now,
            units=world.units[agent],
            count=world.counts[agent, work.channel],
            turn=world.turns.get((one.rule.id, agent), 0),
        )
        for agent, other in world.people.items()
    ]
    decision = decide(work, people, seen, now)
    return next((p for p in people if p.id == decision.agent_id), None)


def _next_step(one: _Waiting, now: datetime) -> datetime | None:
    step = due_steps(one.rule.overflow, entered_at=one.came, now=now)
    return next_step_at(one.rule.overflow, entered_at=one.came, step=step)


def _give(one: _Waiting, chosen: Candidate, world: _World, outcome: Outcome, now: datetime) -> None:
    world.units[chosen.id] += chosen.weight
    world.counts[chosen.id, one.past.work.channel] += 1
    world.turn += 1
    world.turns[one.rule.id, chosen.id] = world.turn
    world.helped[one.past.customer_id] = (chosen.id, now)
    outcome.given[chosen.id] += 1
    outcome.owners[one.past.id] = chosen.id
    outcome.waits.append((now - one.came).total_seconds())
    if one.past.owner_id == chosen.id:
        outcome.same += 1
    else:
        outcome.different += 1
