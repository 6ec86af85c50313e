"""Who gets which ticket: pure decisions on plain values. The same input always gives the same answer.

Ageing: a ticket's rank is the moment it came less what its priority, its customer and its queue are worth. Time goes
on for all alike, so ranks never have to be computed anew, and nothing starves: a ticket that came more than
`MAX_CREDIT` after another can never go before it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

Fact = Mapping[str, Any]

CREDIT: Final = {1: timedelta(0), 2: timedelta(hours=1), 3: timedelta(hours=4), 4: timedelta(hours=24)}
VIP_CREDIT: Final = timedelta(hours=1)
MAX_BOOST_MINUTES: Final = 1440
MAX_CREDIT: Final = CREDIT[4] + VIP_CREDIT + timedelta(minutes=MAX_BOOST_MINUTES)
# The categories in which a ticket asks for somebody's work; others wait for somebody else.
WORKED_ON: Final = frozenset({"new", "open"})
SHOWN_PEOPLE: Final = 20
MAX_ATTEMPTS: Final = 12


@dataclass(frozen=True, slots=True)
class Work:
    """A ticket as the decision sees it.

    `helper_id` last helped this customer at `helped_at`; `owner_id` had this very ticket before; `declined` are those
    who said no to it, or lost it.
    """

    ticket_id: int
    language: str = ""
    channel: str = "email"
    tier: int = 1
    priority: int = 2
    vip: bool = False
    entered_at: datetime | None = None
    helper_id: int | None = None
    helped_at: datetime | None = None
    owner_id: int | None = None
    declined: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who might take a ticket, now. `weight`, `channel_count`, `channel_limit` are of the ticket's channel;
    `turn` tells when they were last given something of this queue (smaller is longer ago)."""

    id: int
    name: str = ""
    state: str = "online"
    channel_off: bool = False
    on_shift: bool = True
    absent_until: datetime | None = None
    substitute_id: int | None = None
    back_at: datetime | None = None
    team_ids: frozenset[int] = frozenset()
    tier: int = 1
    skills: Mapping[int, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    capacity: int = 60
    units: int = 0
    weight: int = 10
    channel_count: int = 0
    channel_limit: int | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class QueueRule:
    """A queue as the decision sees it. `team_ids` are the teams that may take its tickets now, empty for everybody;
    `skills` are (id, least level), `skill_names` how they are called."""

    id: int
    name: str = ""
    team_ids: frozenset[int] = frozenset()
    strategy: str = "least_load"
    sticky_days: int = 0
    skills: tuple[tuple[int, int], ...] = ()
    skill_names: Mapping[int, str] = field(default_factory=dict)
    match_language: str = "preferred"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as facts with a code and values: kept as JSON, said in the reader's language by the screens."""

    facts: tuple[Fact, ...] = ()

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        return {"facts": [dict(fact) for fact in self.facts]}


@dataclass(frozen=True, slots=True)
class Decision:
    """Who, or nobody; why; and for everybody else why not."""

    agent_id: int | None
    reason: Reason
    rejected: Mapping[int, Fact]


def credit(*, priority: int, vip: bool, boost_minutes: int) -> timedelta:
    """For how much waiting a ticket's importance stands."""
    worth = CREDIT.get(priority, CREDIT[2]) + (VIP_CREDIT if vip else timedelta(0))
    return worth + timedelta(minutes=max(0, min(boost_minutes, MAX_BOOST_MINUTES)))


def rank(*, entered_at: datetime, priority: int, vip: bool, boost_minutes: int) -> datetime:
    """The place in line: the smallest goes first."""
    return entered_at - credit(priority=priority, vip=vip, boost_minutes=boost_minutes)


def pick_next(line: Iterable[tuple[datetime, int]]) -> int | None:
    """The id of who is next of (rank, id); None when nobody waits."""
    first = min(line, default=None)
    return None if first is None else first[1]


def refusal(work: Work, one: Candidate, rule: QueueRule, *, substitute: bool = False) -> Fact | None:
    """Why somebody cannot take a ticket: the first reason of a fixed order; None when they can.

    The order begins with what does not change soon, so that screens tell the deepest reason. A named substitute
    need not be in the team.
    """
    return _unfit(work, one, rule, substitute=substitute) or _not_now(work, one)


def _unfit(work: Work, one: Candidate, rule: QueueRule, *, substitute: bool) -> Fact | None:
    if rule.team_ids and not (rule.team_ids & one.team_ids) and not substitute:
        return {"code": "team"}
    if one.tier < work.tier:
        return {"code": "tier", "tier": one.tier, "needed": work.tier}
    for skill, level in rule.skills:
        if one.skills.get(skill, 0) < level:
            name = rule.skill_names.get(skill, "")
            return {"code": "skill", "skill": name, "level": one.skills.get(skill, 0), "needed": level}
    if rule.match_language == "required" and work.language and work.language not in one.languages:
        return {"code": "language", "language": work.language}
    return None


def _not_now(work: Work, one: Candidate) -> Fact | None:
    if one.absent_until is not None:
        return {"code": "absent", "at": one.absent_until.isoformat()}
    if not one.on_shift:
        return {"code": "off_shift"} | ({"at": one.back_at.isoformat()} if one.back_at else {})
    if one.state != "online":
        return {"code": "presence", "state": one.state}
    if one.channel_off:
        return {"code": "channel_off", "channel": work.channel}
    if one.id in work.declined:
        return {"code": "declined"}
    if one.channel_limit is not None and one.channel_count >= one.channel_limit:
        return {"code": "channel_full", "channel": work.channel, "used": one.channel_count, "of": one.channel_limit}
    if one.units + one.weight > one.capacity:
        return {"code": "full", **_busy(one)}
    return None


def _busy(one: Candidate) -> dict[str, int]:
    """How busy somebody is in tickets of this channel: people think in "2 of 6", not in units."""
    weight = max(1, one.weight)
    return {"used": -(-one.units // weight), "of": one.capacity // weight}


def decide(work: Work, people: Sequence[Candidate], rule: QueueRule, now: datetime) -> Decision:
    """Who takes this ticket, why, and why not the others."""
    known = {one.id: one for one in people}
    favour = _favourites(work, rule, known, now)
    rejected: dict[int, Fact] = {}
    able: list[Candidate] = []
    for one in sorted(people, key=lambda p: p.id):
        said = favour.get(one.id, {})
        why = refusal(work, one, rule, substitute=said.get("code") == "substitute")
        if why is None:
            able.append(one)
        else:
            rejected[one.id] = why
    if not able:
        return Decision(None, why_nobody(work, people, rule, rejected), rejected)
    best = min(able, key=lambda one: _order(work, one, rule, favour))
    for one in able:
        if one is not best:
            rejected[one.id] = _outdone(work, best, one, rule, favour)
    return Decision(best.id, _why(work, best, rule, favour, alone=len(able) == 1), rejected)


def _favourites(work: Work, rule: QueueRule, known: Mapping[int, Candidate], now: datetime) -> dict[int, Fact]:
    """Those whose ticket it is by name, with the reason: who had it, who last helped the customer, or the substitute
    of either while they are away."""
    found: dict[int, Fact] = {}
    recent = rule.sticky_days and work.helped_at is not None and now - work.helped_at <= timedelta(rule.sticky_days)
    for agent_id, code in ((work.owner_id, "had_it"), (work.helper_id if recent else None, "helped_last")):
        if agent_id is None or agent_id in found:
            continue
        person = known.get(agent_id)
        if person is not None and person.absent_until is not None:
            if person.substitute_id is not None:
                found.setdefault(person.substitute_id, {"code": "substitute", "name": person.name})
        else:
            fact: dict[str, Any] = {"code": code}
            if code == "helped_last" and work.helped_at is not None:
                fact["at"] = work.helped_at.isoformat()
            found[agent_id] = fact
    return found


def _order(work: Work, one: Candidate, rule: QueueRule, favour: Mapping[int, Fact]) -> tuple[Any, ...]:
    """What is smaller goes first; the id last, so that there is never a tie."""
    loaded = one.units / max(1, one.capacity)
    speaks = one.languages.get(work.language, 0) if work.language else 0
    by_language = 0 if rule.match_language != "preferred" or not work.language or speaks else 1
    known = sum(one.skills.get(skill, 0) for skill, _level in rule.skills) + speaks
    by_strategy: tuple[Any, ...] = {
        "round_robin": (one.turn,),
        "best_skill": (-known, loaded, one.turn),
    }.get(rule.strategy, (loaded, one.turn))
    return (one.id not in favour, by_language, *by_strategy, one.id)


def _outdone(work: Work, best: Candidate, one: Candidate, rule: QueueRule, favour: Mapping[int, Fact]) -> Fact:
    """Why somebody able was not chosen."""
    if best.id in favour and one.id not in favour:
        return {"code": "not_theirs"}
    if rule.match_language == "preferred" and work.language in best.languages and work.language not in one.languages:
        return {"code": "language", "language": work.language}
    if rule.strategy == "round_robin":
        return {"code": "not_their_turn"}
    if rule.strategy == "best_skill" and _order(work, best, rule, {})[2] < _order(work, one, rule, {})[2]:
        return {"code": "knows_less"}
    return {
        "code": "busier" if one.units * best.capacity > best.units * one.capacity else "not_their_turn",
        **_busy(one),
    }


def _why(work: Work, one: Candidate, rule: QueueRule, favour: Mapping[int, Fact], *, alone: bool) -> Reason:
    facts: list[Fact] = [{"code": "queue", "name": rule.name}]
    if work.language and work.language in one.languages and rule.match_language != "no":
        facts.append({"code": "speaks", "language": work.language, "level": one.languages[work.language]})
    elif work.language and rule.match_language == "preferred":
        facts.append({"code": "nobody_speaks", "language": work.language})
    facts += [
        {"code": "knows", "skill": rule.skill_names.get(skill, ""), "level": one.skills.get(skill, 0)}
        for skill, _level in rule.skills
    ]
    facts.append({"code": "busy", **_busy(one)})
    if one.id in favour:
        facts.append(favour[one.id])
    elif alone:
        facts.append({"code": "only_one"})
    elif rule.strategy in {"round_robin", "least_load", "best_skill"}:
        facts.append({"code": rule.strategy})
    if work.vip:
        facts.append({"code": "vip"})
    return Reason(tuple(facts))


def why_nobody(work: Work, people: Sequence[Candidate], rule: QueueRule, rejected: Mapping[int, Fact]) -> Reason:
    """Why a ticket waits: what everybody lacks, or how many are away or busy, and who is back first."""
    mine = sorted((p for p in people if not rule.team_ids or rule.team_ids & p.team_ids), key=lambda p: p.id)
    if not mine:
        return Reason(({"code": "empty_team"},))
    codes = {one.id: rejected[one.id]["code"] for one in mine if one.id in rejected}
    fit = [one for one in mine if _unfit(work, one, rule, substitute=False) is None]
    facts: list[Fact] = []
    if not fit:
        for code in ("language", "skill", "tier"):
            lacking = [rejected[one.id] for one in mine if codes.get(one.id) == code]
            if lacking:
                nearest = max(lacking, key=lambda fact: fact.get("level", fact.get("tier", 0)))
                facts.append({**nearest, "code": f"nobody_{code}", "people": len(lacking)})
        return Reason(tuple(facts))
    if len(fit) < len(mine) and rule.match_language == "required" and work.language:
        facts.append({"code": "few_speak", "language": work.language, "people": len(fit)})
    away = [one for one in fit if codes.get(one.id) in {"absent", "off_shift", "presence", "channel_off"}]
    busy = [one for one in fit if codes.get(one.id) in {"full", "channel_full"}]
    said_no = [one for one in fit if codes.get(one.id) == "declined"]
    for code, group in (("all_away", away), ("all_busy", busy), ("said_no", said_no)):
        if group:
            facts.append({"code": code, "people": len(group)})
    back = [(when, one.name) for one in away if (when := one.absent_until or one.back_at) is not None]
    if back and not busy:
        when, name = min(back)
        facts.append({"code": "back_at", "name": name, "at": when.isoformat()})
    return Reason(tuple(facts))


def worked_on(*, category: str, active: bool, snoozed: bool) -> bool:
    """Whether a ticket asks for work now: only then it is routed, and only then it takes of its owner's capacity."""
    return active and category in WORKED_ON and not snoozed


def due_steps(overflow: Sequence[Mapping[str, int]], *, entered_at: datetime, now: datetime) -> int:
    """How many overflow steps are due. A clock that was set back does not undo the time: it counts as none."""
    waited = max(0.0, (now - entered_at).total_seconds())
    return sum(1 for step in overflow if step["after"] <= waited)


def next_step_at(overflow: Sequence[Mapping[str, int]], *, entered_at: datetime, step: int) -> datetime | None:
    """When the next overflow step is due; None when there is none left."""
    return entered_at + timedelta(seconds=overflow[step]["after"]) if step < len(overflow) else None


def teams_of(team_ids: Collection[int], overflow: Sequence[Mapping[str, int]], step: int) -> frozenset[int]:
    """The teams that may take a ticket after so many overflow steps; nobody is left out by overflow."""
    return frozenset(team_ids) | {s["team"] for s in overflow[:step] if s.get("team")} if team_ids else frozenset()
