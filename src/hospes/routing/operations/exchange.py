"""A set of queues is read from YAML: queues of the same name are changed, new ones made, the file's order taken."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import HospesError, InvalidInput
from hospes.routing.models import Queue
from hospes.routing.operations.queues import FIELDS, change_queue, create_queue, order_queues
from hospes.staff.models import Skill, Team

LARGEST: Final = 1_000_000
MOST: Final = 2_000


def read_queue_set(text: str) -> list[dict[str, Any]]:
    """The queues of a file, with the ids of this company. Raises InvalidInput naming the queue."""
    if len(text) > LARGEST:
        raise InvalidInput(_("This file is too large."), field="file")
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        raise InvalidInput(_("This is not YAML."), field="file") from None
    listed = found.get("queues") if isinstance(found, Mapping) else None
    if not isinstance(listed, list) or len(listed) > MOST or not all(isinstance(one, Mapping) for one in listed):
        raise InvalidInput(_("The file must have a list named “queues”."), field="file")
    teams = dict(Team.objects.filter(archived_at=None).values_list("name", "pk"))
    skills = dict(Skill.objects.filter(archived_at=None).values_list("name", "pk"))
    return [_values(one, teams, skills) for one in listed]


def _values(one: Mapping[str, Any], teams: Mapping[str, int], skills: Mapping[str, int]) -> dict[str, Any]:
    name = str(one.get("name") or "")
    if unknown := set(one) - set(FIELDS):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(sorted(map(str, unknown)))}, field=name)
    values = dict(one)
    values["team"] = _known(teams, one["team"], name) if one.get("team") else None
    wanted = one.get("skills") or {}
    if not isinstance(wanted, Mapping):
        raise InvalidInput(_("Give skills as names with levels."), field=name)
    values["skills"] = [[_known(skills, skill, name), level] for skill, level in wanted.items()]
    steps = one.get("overflow") or []
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        raise InvalidInput(_("Each step names seconds and a team or a queue."), field=name)
    values["overflow"] = [
        {**step, "team": _known(teams, step["team"], name)} if "team" in step else dict(step) for step in steps
    ]
    values["conditions"] = one.get("conditions") or {}
    return values


def _known(names: Mapping[str, int], wanted: Any, where: str) -> int:
    found = names.get(str(wanted))
    if found is None:
        raise InvalidInput(_("There is no “%(name)s” here.") % {"name": str(wanted)[:80]}, field=where)
    return found


@transaction.atomic
def import_queues(*, text: str, actor: Actor, now: datetime) -> int:
    """Take over a file's queues, all or none; returns how many. Queues that it does not name stay behind them."""
    actor.require("queue.manage")
    listed = read_queue_set(text)
    known = dict(Queue.objects.filter(archived_at=None).values_list("name", "pk"))
    later: list[tuple[int, list[dict[str, Any]], str]] = []
    for values in listed:
        steps = values.pop("overflow")
        values["team"] = Team.objects.get(pk=values["team"]) if values["team"] else None
        name = str(values.get("name", ""))
        try:
            if name in known:
                change_queue(queue_id=known[name], actor=actor, now=now, **values)
            else:
                known[name] = create_queue(actor=actor, now=now, **values).pk
        except HospesError as error:
            raise InvalidInput(f"{name}: {error.message}", field=error.field or "file") from None
        later.append((known[name], steps, name))
    for queue_id, steps, name in later:  # steps may name queues that come later in the file
        named = [{**s, "queue": _known(known, s["queue"], name)} if "queue" in s else s for s in steps]
        change_queue(queue_id=queue_id, actor=actor, now=now, overflow=named)
    order_queues(queue_ids=list(dict.fromkeys(queue_id for queue_id, _s, _n in later)), actor=actor, now=now)
    return len(listed)
