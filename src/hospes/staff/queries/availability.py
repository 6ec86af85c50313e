"""Who can be given work now: everything that routing asks about agents, in one bounded number of queries."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef

from hospes.staff.models import (
    Absence,
    Agent,
    AgentLanguage,
    AgentSkill,
    ChannelLoad,
    DeskLease,
    Membership,
    Presence,
    Shift,
)
from hospes.staff.policies import rights_of, stand_in

DEFAULT_LOAD: Final = (10, None)
# Shifts longer ago than this say nothing about how somebody works now.
PLANNED_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Available:
    """An agent as routing sees them. `channels` has those that they switched off ({"chat": False}); `weights` what a
    channel costs and how many at once, by channel (see `load_of`); `substitute_id` is who stands in while they are
    absent, at the end of the chain."""

    agent_id: int
    name: str
    role: str
    state: str
    channels: Mapping[str, bool] = field(default_factory=dict)
    skills: Mapping[int, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)
    team_ids: frozenset[int] = frozenset()
    capacity: int = 60
    weights: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    absent: bool = False
    on_shift: bool = True
    substitute_id: int | None = None
    only_own_teams: bool = False
    changed_at: datetime | None = None

    @property
    def assignable(self) -> bool:
        """Whether new work may come to them at all: here, on shift, not absent, and allowed to answer."""
        return self.state == "online" and self.on_shift and not self.absent and "ticket.reply" in rights_of(self.role)

    def takes(self, channel: str) -> bool:
        """Whether they have this channel switched on."""
        return self.channels.get(channel, True)

    def load_of(self, channel: str) -> tuple[int, int | None]:
        """(weight, limit) of a channel for them."""
        return self.weights.get(channel, DEFAULT_LOAD)


def availability(now: datetime, agent_ids: Collection[int] | None = None) -> dict[int, Available]:
    """Everybody who works here (or only these), by id: seven queries whatever their number."""
    shifts = Shift.objects.filter(agent=OuterRef("pk"))
    found = Agent.objects.filter(is_active=True).annotate(
        planned=Exists(shifts.filter(ends_at__gt=now - PLANNED_WITHIN)),
        on_now=Exists(shifts.filter(starts_at__lte=now, ends_at__gt=now)),
    )
    if agent_ids is not None:
        found = found.filter(pk__in=agent_ids)
    people = list(
        found.order_by("pk").values_list("pk", "name", "role", "capacity", "only_own_teams", "planned", "on_now")
    )
    ids = [row[0] for row in people]
    presences = {p.pk: p for p in Presence.objects.filter(pk__in=ids)}
    skills = _grouped(
        AgentSkill.objects.filter(agent_id__in=ids, skill__archived_at=None).values_list(
            "agent_id", "skill_id", "level"
        )
    )
    languages = _grouped(AgentLanguage.objects.filter(agent_id__in=ids).values_list("agent_id", "language", "level"))
    teams: dict[int, set[int]] = defaultdict(set)
    for agent_id, team_id in Membership.objects.filter(agent_id__in=ids, team__archived_at=None).values_list(
        "agent_id", "team_id"
    ):
        teams[agent_id].add(team_id)
    own, general = channel_loads(ids)
    stand_ins = substitutes_now(now)
    return {
        pk: Available(
            agent_id=pk,
            name=name,
            role=role,
            state=presences[pk].state if pk in presences else "offline",
            channels=presences[pk].channels if pk in presences else {},
            skills=skills.get(pk, {}),
            languages=languages.get(pk, {}),
            team_ids=frozenset(teams.get(pk, ())),
            capacity=capacity,
            weights={**general, **own.get(pk, {})},
            absent=pk in stand_ins,
            on_shift=on_now or not planned,
            substitute_id=stand_in(pk, stand_ins),
            only_own_teams=only_own,
            changed_at=presences[pk].changed_at if pk in presences else None,
        )
        for pk, name, role, capacity, only_own, planned, on_now in people
    }


def _grouped(rows: Iterable[tuple[int, Any, int]]) -> dict[int, dict[Any, int]]:
    found: dict[int, dict[Any, int]] = defaultdict(dict)
    for agent_id, what, level in rows:
        found[agent_id][what] = level
    return found


def channel_loads(
    agent_ids: Collection[int] = (),
) -> tuple[dict[int, dict[str, tuple[int, int | None]]], dict[str, tuple[int, int | None]]]:
    """(what channels cost single agents, what they cost everybody)."""
    own: dict[int, dict[str, tuple[int, int | None]]] = defaultdict(dict)
    general: dict[str, tuple[int, int | None]] = {}
    rows = ChannelLoad.objects.filter(agent_id__in=agent_ids) | ChannelLoad.objects.filter(agent=None)
    for agent_id, channel, weight, limit in rows.values_list("agent_id", "channel", "weight", "limit"):
        (general if agent_id is None else own[agent_id])[channel] = (weight, limit)
    return own, general


def substitutes_now(now: datetime) -> dict[int, int | None]:
    """Who is absent now, each with the substitute they named, if that one still works here."""
    rows = Absence.objects.filter(starts_at__lte=now, ends_at__gt=now).values_list(
        "agent_id", "substitute_id", "substitute__is_active"
    )
    return {agent_id: substitute if active else None for agent_id, substitute, active in rows}


def substitute_of(agent: Agent, now: datetime) -> Agent | None:
    """Who does an absent agent's work, at the end of the chain; None when they are here, or nobody is left."""
    found = stand_in(agent.pk, substitutes_now(now))
    return Agent.objects.filter(pk=found).first() if found else None


def absent_ids(agent_ids: Collection[int], *, now: datetime) -> set[int]:
    """Which of these are out of office now."""
    found = Absence.objects.filter(agent_id__in=agent_ids, starts_at__lte=now, ends_at__gt=now)
    return set(found.values_list("agent_id", flat=True))


def with_open_desk(agent_ids: Collection[int], *, now: datetime) -> set[int]:
    """Which of these have a desk open, as far as the web processes say."""
    return set(DeskLease.objects.filter(agent_id__in=agent_ids, until__gt=now).values_list("agent_id", flat=True))
