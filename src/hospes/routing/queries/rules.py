"""The queues as plain values, kept in the process until any of them changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from hospes.core.conditions import Condition, Facts, matches
from hospes.core.errors import NotFound
from hospes.routing.models import Queue, QueueSet
from hospes.routing.policies import QueueRule, Work, teams_of
from hospes.staff.models import Skill

_kept: dict[str, tuple[str, "tuple[Rule, ...]"]] = {}
PLAIN: Final = (
    "name", "position", "conditions", "strategy", "sticky_days", "match_language", "tier", "boost", "offer",
    "offer_seconds", "grace_seconds", "active",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A queue, ready for deciding: see models.Queue."""

    id: int
    name: str
    position: int = 0
    conditions: Condition = field(default_factory=dict)
    team_id: int | None = None
    strategy: str = "least_load"
    sticky_days: int = 0
    skills: tuple[tuple[int, int], ...] = ()
    skill_names: Mapping[int, str] = field(default_factory=dict)
    match_language: str = "preferred"
    channels: frozenset[str] = frozenset()
    tier: int | None = None
    boost: int = 0
    overflow: tuple[Mapping[str, int], ...] = ()
    offer: bool = False
    offer_seconds: int = 30
    grace_seconds: int | None = 900
    active: bool = True

    def takes(self, *, channel: str, tier: int, team_id: int | None, team_by_hand: bool) -> bool:
        """Whether a ticket could be of this queue, before its conditions are asked."""
        if self.channels and channel not in self.channels:
            return False
        if self.tier is not None and self.tier != tier:
            return False
        return not team_by_hand or team_id is None or self.team_id in {None, team_id}

    def at_step(self, step: int, *, team_id: int | None) -> QueueRule:
        """What the decision sees after so many overflow steps, for a ticket of this team."""
        own = self.team_id or team_id
        return QueueRule(
            id=self.id,
            name=self.name,
            team_ids=teams_of([own] if own else [], self.overflow, step),
            strategy=self.strategy,
            sticky_days=self.sticky_days,
            skills=self.skills,
            skill_names=self.skill_names,
            match_language=self.match_language,
        )

    def needed_language(self, work: Work) -> str:
        """The language that an agent must speak, "" for any."""
        return work.language if self.match_language == "required" else ""


def rules() -> tuple[Rule, ...]:
    """Every active queue in order: one small query, and a second one after something changed."""
    mark = QueueSet.objects.filter(pk=1).values_list("mark", flat=True).first() or ""
    place = str(connection.settings_dict["NAME"])
    kept = _kept.get(place)
    if kept is not None and mark and kept[0] == mark:
        return kept[1]
    found = tuple(rule for rule in as_rules(Queue.objects.filter(archived_at=None)) if rule.active)
    _kept[place] = (mark, found)
    return found


def as_rules(queues: Iterable[Queue]) -> list[Rule]:
    """Rows as plain values. One query for the names of skills."""
    rows = list(queues)
    names = dict(Skill.objects.values_list("pk", "name")) if any(q.skills for q in rows) else {}
    return [as_rule(queue, names) for queue in rows]


def as_rule(queue: Queue, skill_names: Mapping[int, str]) -> Rule:
    """One row as a plain value."""
    plain: dict[str, Any] = {name: getattr(queue, name) for name in PLAIN}
    skills = tuple((int(skill), int(level)) for skill, level in queue.skills)
    return Rule(
        id=queue.pk,
        team_id=queue.team_id,
        skills=skills,
        skill_names={skill: skill_names.get(skill, "") for skill, _level in skills},
        channels=frozenset(queue.channels),
        overflow=tuple(sorted(queue.overflow, key=lambda step: step["after"])),
        **plain,
    )


def first_match(
    found: Iterable[Rule],
    facts: Facts,
    *,
    channel: str,
    tier: int,
    team_id: int | None,
    team_by_hand: bool,
    now: datetime,
) -> Rule | None:
    """The first queue that takes a ticket of which these facts hold."""
    for rule in found:
        fits = rule.takes(channel=channel, tier=tier, team_id=team_id, team_by_hand=team_by_hand)
        if fits and matches(rule.conditions, facts, now=now):
            return rule
    return None


def rule_of(queue_id: int | None) -> Rule | None:
    """An active queue by its id."""
    return next((rule for rule in rules() if rule.id == queue_id), None)


def queues() -> QuerySet[Queue]:
    """Every queue that was not put away, also inactive ones, in order."""
    return Queue.objects.filter(archived_at=None).select_related("team")


def get_queue(queue_id: int) -> Queue:
    """One queue. Raises NotFound."""
    found = queues().filter(pk=queue_id).first()
    if found is None:
        raise NotFound
    return found


def with_skill_names(rule: Rule, names: Mapping[int, str]) -> Rule:
    """The rule with the names of its skills as they are now."""
    return replace(rule, skill_names={skill: names.get(skill, "") for skill, _level in rule.skills})
