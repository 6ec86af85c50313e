"""Who might take a ticket now: everything the decision asks about people, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform

from hospes.routing.models import AgentLoad, QueueTurn
from hospes.routing.policies import Candidate, QueueRule, Work
from hospes.staff.models import (
    Absence,
    Agent,
    AgentLanguage,
    AgentSkill,
    ChannelLoad,
    Membership,
    Presence,
    PresenceState,
    Shift,
    Team,
)

DEFAULT_WEIGHT: Final = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What a ticket of a channel takes of an agent's capacity, and how many at once."""

    weight: int
    limit: int | None


class _IsOne(Func):
    """`column = ANY (array)`: many ids as one parameter. A list of a thousand costs more to write than to answer."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def among(ids: Collection[int], column: str = "agent_id") -> _IsOne:
    """The condition that a row is about one of these."""
    return _IsOne(F(column), Value("{" + ",".join(map(str, ids)) + "}"))


def costs(channel: str, agent_ids: Collection[int]) -> tuple[dict[int, Cost], Cost]:
    """({agent: their own}, what holds for everybody else). One query."""
    rows = ChannelLoad.objects.filter(Q(agent=None) | Q(among(agent_ids)), channel=channel)
    known: dict[int | None, Cost] = {
        agent_id: Cost(weight, limit) for agent_id, weight, limit in rows.values_list("agent_id", "weight", "limit")
    }
    usual = known.pop(None, Cost(DEFAULT_WEIGHT, None))
    return {agent_id: cost for agent_id, cost in known.items() if agent_id is not None}, usual


def cost_for(agent_id: int, channel: str) -> Cost:
    """What one ticket of this channel costs one agent."""
    own, usual = costs(channel, [agent_id])
    return own.get(agent_id, usual)


def candidates(work: Work, rule: QueueRule, *, now: datetime, here_only: bool = False) -> list[Candidate]:
    """The people of a queue, by id. `here_only` leaves out those who are not online, which is enough for deciding;
    those whose ticket it is by name are always among them. Nine queries at most."""
    named = {agent_id for agent_id in (work.owner_id, work.helper_id) if agent_id is not None}
    absent = _absences(named, now=now) if named else {}
    named |= {substitute for _until, substitute in absent.values() if substitute}
    rows = list(_rows(rule, named, channel=work.channel, here_only=here_only, now=now))
    ids = [row[0] for row in rows]
    if not ids:
        return []
    away = _absences(ids, now=now)
    skills = _skills(ids, [skill for skill, _level in rule.skills])
    spoken = _spoken(ids, work.language)
    teams, tiers = _teams(ids)
    turns = dict(QueueTurn.objects.filter(among(ids), queue_id=rule.id).values_list("agent_id", "turn"))
    own, usual = costs(work.channel, ids)
    backs = {} if here_only else _next_shifts(ids, now=now)
    found = []
    for pk, name, capacity, state, channel_on, units, taken, working, planned in rows:
        cost = own.get(pk, usual)
        until, substitute = away.get(pk, (None, None))
        found.append(
            Candidate(
                id=pk,
                name=name,
                state=state or "offline",
                channel_off=channel_on == "false",
                on_shift=working or not planned,
                absent_until=until,
                substitute_id=substitute,
                back_at=backs.get(pk),
                team_ids=teams.get(pk, frozenset()),
                tier=tiers.get(pk, 1),
                skills=skills.get(pk, {}),
                languages={work.language: spoken[pk]} if pk in spoken else {},
                capacity=capacity,
                units=units or 0,
                weight=cost.weight,
                channel_count=int(taken or 0),
                channel_limit=cost.limit,
                turn=turns.get(pk, 0),
            )
        )
    return found


def _rows(
    rule: QueueRule, named: set[int], *, channel: str, here_only: bool, now: datetime
) -> "QuerySet[Any, tuple[Any, ...]]":
    """One row each, by id: of what is kept by channel only this channel's, read out of the JSON by the database."""
    people = Q()
    if rule.team_ids:
        people = Q(pk__in=Membership.objects.filter(team_id__in=rule.team_ids).values("agent_id"))
    if here_only:
        people &= Q(presence__state="online")
    if named and people:
        people |= Q(pk__in=named)
    shifts = Shift.objects.filter(agent_id=OuterRef("pk"))
    return (
        Agent.objects.filter(people, is_active=True)
        .exclude(role="light")
        .order_by("pk")
        .values_list(
            "pk", "name", "capacity", "presence__state", KeyTextTransform(channel, "presence__channels"), "load__units",
            KeyTextTransform(channel, "load__channels"), Exists(shifts.filter(ends_at__gt=now, starts_at__lte=now)),
            Exists(shifts),
        )
    )  # fmt: skip


def _spoken(ids: Collection[int], language: str) -> dict[int, int]:
    """{agent: how well} of those who speak a language."""
    if not language:
        return {}
    rows = AgentLanguage.objects.filter(among(ids), language=language)
    return dict(rows.values_list("agent_id", "level"))


def _teams(ids: Collection[int]) -> tuple[dict[int, frozenset[int]], dict[int, int]]:
    """({agent: their teams}, {agent: the highest tier of these}). Who is in the same teams shares one set."""
    tier_of = dict(Team.objects.values_list("pk", "tier"))
    teams: dict[int, list[int]] = defaultdict(list)
    for agent_id, team_id in Membership.objects.filter(among(ids)).values_list("agent_id", "team_id"):
        teams[agent_id].append(team_id)
    shared: dict[frozenset[int], frozenset[int]] = {}
    sets = {pk: shared.setdefault(mine, mine) for pk, each in teams.items() for mine in (frozenset(each),)}
    return sets, {pk: max(1, *(tier_of.get(team, 1) for team in mine)) for pk, mine in sets.items()}


def here_now(*, now: datetime) -> QuerySet[Agent]:
    """Who may be given tickets now: online, on shift, not out of office."""
    shifts = Shift.objects.filter(agent_id=OuterRef("pk"))
    away = Absence.objects.filter(agent_id=OuterRef("pk"), starts_at__lte=now, ends_at__gt=now)
    return (
        Agent.objects.filter(is_active=True, presence__state=PresenceState.ONLINE)
        .exclude(role="light")
        .filter(~Exists(away))
        .filter(Exists(shifts.filter(starts_at__lte=now, ends_at__gt=now)) | ~Exists(shifts))
    )


def _absences(ids: Collection[int], *, now: datetime) -> dict[int, tuple[datetime, int | None]]:
    """{agent: (until when they are away, who stands in)} of those who are absent now."""
    rows = Absence.objects.filter(among(ids), starts_at__lte=now, ends_at__gt=now).order_by("ends_at")
    return {
        agent: (ends, stands_in) for agent, ends, stands_in in rows.values_list("agent_id", "ends_at", "substitute")
    }


def _skills(ids: Collection[int], wanted: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if wanted:
        rows = AgentSkill.objects.filter(among(ids), skill_id__in=wanted, skill__archived_at=None)
        for agent_id, skill, level in rows.values_list("agent_id", "skill_id", "level"):
            found[agent_id][skill] = level
    return found


def _next_shifts(ids: Collection[int], *, now: datetime) -> dict[int, datetime]:
    rows = Shift.objects.filter(among(ids), ends_at__gt=now, starts_at__gt=now).order_by("-starts_at")
    return dict(rows.values_list("agent_id", "starts_at"))


@dataclass(frozen=True, slots=True)
class Here:
    """Whether somebody is here, since when they are not, and until when they are absent."""

    state: str = "offline"
    since: datetime | None = None
    absent_until: datetime | None = None
    substitute_id: int | None = None
    active: bool = True

    @property
    def gone(self) -> bool:
        """Away or offline: not online, not busy."""
        return self.state in {"away", "offline"}


def whether_here(agent_id: int, *, now: datetime) -> Here:
    """How it stands with one agent. Two queries."""
    row = Agent.objects.filter(pk=agent_id).values_list("is_active", "presence__state", "presence__changed_at").first()
    if row is None:
        return Here(active=False)
    until, substitute = _absences([agent_id], now=now).get(agent_id, (None, None))
    return Here(row[1] or "offline", row[2], until, substitute, row[0])


def loads_of(agent_ids: Collection[int]) -> dict[int, AgentLoad]:
    """What agents carry."""
    return AgentLoad.objects.in_bulk(list(agent_ids))


def presence_states(agent_ids: Collection[int]) -> dict[int, str]:
    """Who is here, of some."""
    return dict(Presence.objects.filter(agent_id__in=agent_ids).values_list("agent_id", "state"))
