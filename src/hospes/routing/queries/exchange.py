"""A set of queues as YAML: teams, skills and queues by their names, so that it can be read and carried elsewhere."""

from typing import Any

import yaml

from hospes.routing.models import Queue
from hospes.routing.queries.rules import queues
from hospes.staff.models import Skill, Team


def exported() -> str:
    """Every queue, in order."""
    rows = list(queues())
    teams = dict(Team.objects.values_list("pk", "name"))
    skills = dict(Skill.objects.values_list("pk", "name"))
    names = {row.pk: row.name for row in rows}
    kept = {"queues": [_plain(row, teams, skills, names) for row in rows]}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=110)


def _plain(queue: Queue, teams: dict[int, str], skills: dict[int, str], names: dict[int, str]) -> dict[str, Any]:
    overflow: list[dict[str, Any]] = []
    for step in queue.overflow:
        if step.get("team") in teams:
            overflow.append({"after": step["after"], "team": teams[step["team"]]})
        elif step.get("queue") in names:
            overflow.append({"after": step["after"], "queue": names[step["queue"]]})
    return {
        "name": queue.name,
        "conditions": queue.conditions,
        "team": queue.team.name if queue.team else None,
        "strategy": queue.strategy,
        "sticky_days": queue.sticky_days,
        "skills": {skills[skill]: level for skill, level in queue.skills if skill in skills},
        "match_language": queue.match_language,
        "channels": list(queue.channels),
        "tier": queue.tier,
        "boost": queue.boost,
        "overflow": overflow,
        "offer": queue.offer,
        "offer_seconds": queue.offer_seconds,
        "grace_seconds": queue.grace_seconds,
        "active": queue.active,
    }
