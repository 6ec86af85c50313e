"""Who might take a ticket now: everything the decision asks about people, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.db.models import Exists, OuterRef, Q, QuerySet

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
)

DEFAULT_WEIGHT: Final = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What a ticket of a channel takes of an agent's capacity, and how many at once."""

    weight: int
    limit: int | None


def costs(channel: str, agent_ids: Collection[int]) -> tuple[dict[int, Cost], Cost]:
    """({agent: their own}, what holds for everybody else). One query."""
    rows = ChannelLoad.objects.filter(Q(agent=None) | Q(agent_id__in=agent_ids), channel=channel)
    known: dict[int | None, Cost] = {load.agent_id: Cost(load.weight, load.limit) for load in rows}
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
    rows = list(_rows(rule, named, here_only=here_only, now=now))
    ids = [row["pk"] for row in rows]
    if not ids:
        return []
    away = _absences(ids, now=now)
    skills = _skills(ids, [skill for skill, _level in rule.skills])
    languages: dict[int, dict[str, int]] = defaultdict(dict)
    if work.language:
        spoken = AgentLanguage.objects.filter(agent_id__in=ids, language=work.language)
        for agent_id, language, level in spoken.values_list("agent_id", "language", "level"):
            languages[agent_id][language] = level
    teams: dict[int, set[int]] = defaultdict(set)
    tiers: dict[int, int] = defaultdict(lambda: 1)
    for agent_id, team_id, tier in Membership.objects.filter(agent_id__in=ids).values_list(
        "agent_id", "team_id", "team__tier"
    ):
        teams[agent_id].add(team_id)
        tiers[agent_id] = max(tiers[agent_id], tier)
    turns = dict(QueueTurn.objects.filter(queue_id=rule.id, agent_id__in=ids).values_list("agent_id", "turn"))
    own, usual = costs(work.channel, ids)
    backs = {} if here_only else _next_shifts(ids, now=now)
    found = []
    for row in rows:
        agent_id = row["pk"]
        cost = own.get(agent_id, usual)
        until, substitute = away.get(agent_id, (None, None))
        found.append(
            Candidate(
                id=agent_id,
                name=row["name"],
                state=row["presence__state"] or "offline",
                channel_off=(row["presence__channels"] or {}).get(work.channel) is False,
                on_shift=row["working"] or not row["planned"],
                absent_until=until,
                substitute_id=substitute,
                back_at=backs.get(agent_id),
                team_ids=frozenset(teams[agent_id]),
                tier=tiers[agent_id],
                skills=skills[agent_id],
                languages=languages[agent_id],
                capacity=row["capacity"],
                units=row["load__units"] or 0,
                weight=cost.weight,
                channel_count=(row["load__channels"] or {}).get(work.channel, 0),
                channel_limit=cost.limit,
                turn=turns.get(agent_id, 0),
            )
        )
    return found


def _rows(rule: QueueRule, named: set[int], *, here_only: bool, now: datetime) -> "QuerySet[Any, dict[str, Any]]":
    people = Q(memberships__team_id__in=rule.team_ids) if rule.team_ids else Q()
    if here_only:
        people &= Q(presence__state="online")
    if named:
        people = (Q(pk__in=Agent.objects.filter(people).values("pk")) | Q(pk__in=named)) if people else Q()
    shifts = Shift.objects.filter(agent_id=OuterRef("pk"), ends_at__gt=now)
    rows: Any = (
        Agent.objects.filter(people, is_active=True)
        .exclude(role="light")
        .annotate(
            working=Exists(shifts.filter(starts_at__lte=now)),
            planned=Exists(Shift.objects.filter(agent_id=OuterRef("pk"))),
        )
        .order_by("pk")
        .distinct()
        .values(
            "pk", "name", "capacity", "presence__state", "presence__channels", "load__units", "load__channels",
            "working", "planned",
        )
    )  # fmt: skip
    return cast("QuerySet[Any, dict[str, Any]]", rows)


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
    rows = Absence.objects.filter(agent_id__in=ids, starts_at__lte=now, ends_at__gt=now).order_by("ends_at")
    return {
        agent: (ends, stands_in) for agent, ends, stands_in in rows.values_list("agent_id", "ends_at", "substitute")
    }


def _skills(ids: Collection[int], wanted: Sequence[int]) -> dict[int, dict[int, int]]:
    found: dict[int, dict[int, int]] = defaultdict(dict)
    if wanted:
        rows = AgentSkill.objects.filter(agent_id__in=ids, skill_id__in=wanted, skill__archived_at=None)
        for agent_id, skill, level in rows.values_list("agent_id", "skill_id", "level"):
            found[agent_id][skill] = level
    return found


def _next_shifts(ids: Collection[int], *, now: datetime) -> dict[int, datetime]:
    rows = Shift.objects.filter(agent_id__in=ids, ends_at__gt=now, starts_at__gt=now).order_by("-starts_at")
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
