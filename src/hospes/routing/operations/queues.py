"""Queues are made, changed, put in order, switched off and put away; a whole set of them is exported and imported."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.conditions import check
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.facts import all_fields
from hospes.core.text import storable
from hospes.routing import events
from hospes.routing.models import Queue, QueueSet, RoutingEntry, State
from hospes.routing.models.queue import MatchLanguage, Strategy
from hospes.routing.operations.nudges import nudge_tickets
from hospes.routing.policies import MAX_BOOST_MINUTES
from hospes.routing.queries.rules import get_queue
from hospes.staff.models import Skill, Team

FIELDS: Final = (
    "name", "conditions", "team", "strategy", "sticky_days", "skills", "match_language", "channels", "tier", "boost",
    "overflow", "offer", "offer_seconds", "grace_seconds", "active",
)  # fmt: skip
# (least, most) of whole numbers; None where nothing may be given.
NUMBERS: Final[dict[str, tuple[int, int, bool]]] = {
    "sticky_days": (0, 3650, False),
    "tier": (1, 3, True),
    "boost": (0, MAX_BOOST_MINUTES, False),
    "offer_seconds": (5, 3600, False),
    "grace_seconds": (0, 7 * 86_400, True),
}
MAX_STEPS: Final = 10


@transaction.atomic
def create_queue(*, actor: Actor, now: datetime, **values: Any) -> Queue:
    """A new queue, last in order. Raises InvalidInput naming the field."""
    actor.require("queue.manage")
    last = Queue.objects.filter(archived_at=None).order_by("-position").values_list("position", flat=True).first()
    queue = Queue(position=0 if last is None else last + 1)
    _fill(queue, values)
    _save(queue)
    _announce(queue, "created", actor=actor, now=now)
    return queue


@transaction.atomic
def change_queue(*, queue_id: int, actor: Actor, now: datetime, **values: Any) -> Queue:
    """Change any field of FIELDS. Tickets that wait are looked at anew."""
    actor.require("queue.manage")
    queue = get_queue(queue_id)
    _fill(queue, values)
    _save(queue)
    _announce(queue, "changed", actor=actor, now=now)
    return queue


@transaction.atomic
def archive_queue(*, queue_id: int, actor: Actor, now: datetime) -> None:
    """Put a queue away; its tickets find another one or leave the line."""
    actor.require("queue.manage")
    queue = get_queue(queue_id)
    queue.archived_at = now
    queue.save(update_fields=["archived_at"])
    _announce(queue, "archived", actor=actor, now=now)


@transaction.atomic
def order_queues(*, queue_ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Put queues into this order; those not named keep their order behind them."""
    actor.require("queue.manage")
    known = {queue.pk: queue for queue in Queue.objects.select_for_update().filter(archived_at=None)}
    if any(queue_id not in known for queue_id in queue_ids) or len(set(queue_ids)) != len(queue_ids):
        raise InvalidInput(_("Name each queue once."), field="order")
    named = [known.pop(queue_id) for queue_id in queue_ids]
    rest = sorted(known.values(), key=lambda queue: (queue.position, queue.pk))
    moved = [queue for place, queue in enumerate([*named, *rest]) if _place(queue, place)]
    Queue.objects.bulk_update(moved, ["position"])
    for queue in moved[:1]:
        _announce(queue, "moved", actor=actor, now=now)


def _place(queue: Queue, position: int) -> bool:
    moved = queue.position != position
    queue.position = position
    return moved


def _save(queue: Queue) -> None:
    try:
        with transaction.atomic():
            queue.save()
    except IntegrityError:
        raise InvalidInput(_("There is a queue of this name already."), field="name") from None


def _announce(queue: Queue, what: str, *, actor: Actor, now: datetime) -> None:
    """Workers read the queues anew, and what waits is looked at anew."""
    QueueSet.objects.update_or_create(pk=1, defaults={"mark": uuid.uuid4().hex})
    emit(events.QueueChanged(queue_id=queue.pk, what=what, label=queue.name), actor=actor, now=now)
    waiting = RoutingEntry.objects.filter(state__in=[State.WAITING, State.LEFT], ticket__active=True)
    waiting = waiting.filter(ticket__assignee=None, ticket__category__in=["new", "open"]).order_by("rank_at")
    nudge_tickets(waiting.values_list("ticket_id", flat=True)[:20_000], now=now)


# Checking ------------------------------------------------------------------------------------------


def _fill(queue: Queue, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if field not in FIELDS:
            raise InvalidInput(_("This cannot be changed here."), field=field)
        setattr(queue, field, checked(field, value, own_id=queue.pk))
    if not queue.name:
        raise InvalidInput(_("Give the queue a name."), field="name")


def checked(field: str, value: Any, *, own_id: int | None = None) -> Any:
    """A field's value in its kept form. Raises InvalidInput."""
    if field in NUMBERS:
        return _number(field, value)
    if field == "name":
        name = " ".join(storable(str(value)).split())[:100]
        if not name:
            raise InvalidInput(_("Give the queue a name."), field="name")
        return name
    if field == "conditions":
        check(value, all_fields("ticket", "customer", "message", "time"))
        return dict(value)
    if field == "team":
        if value is not None and not (isinstance(value, Team) and value.archived_at is None):
            raise InvalidInput(_("Choose one of the teams."), field="team")
        return value
    if field in {"strategy", "match_language"}:
        allowed = Strategy.values if field == "strategy" else MatchLanguage.values
        if value not in allowed:
            raise InvalidInput(_("Choose one of the list."), field=field)
        return value
    if field in {"offer", "active"}:
        return bool(value)
    return {"skills": _skills, "channels": _channels, "overflow": _overflow}[field](value, own_id)


def _number(field: str, value: Any) -> int | None:
    least, most, may_be_none = NUMBERS[field]
    if value is None and may_be_none:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidInput(
            _("Give a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}, field=field
        )
    return value


def _skills(value: Any, _own_id: int | None) -> list[list[int]]:
    pairs = [list(pair) for pair in value] if isinstance(value, list | tuple) else None
    fit = pairs is not None and all(len(p) == 2 and isinstance(p[0], int) and p[1] in range(1, 6) for p in pairs)
    if pairs is None or not fit or len(pairs) > 20 or len({p[0] for p in pairs}) != len(pairs):
        raise InvalidInput(_("Give each skill once, with a level from 1 to 5."), field="skills")
    if Skill.objects.filter(pk__in=[p[0] for p in pairs], archived_at=None).count() != len(pairs):
        raise InvalidInput(_("Choose skills of the list."), field="skills")
    return pairs


def _channels(value: Any, _own_id: int | None) -> list[str]:
    fit = isinstance(value, list | tuple) and all(isinstance(c, str) and c.isidentifier() for c in value)
    if not fit or len(value) > 20:
        raise InvalidInput(_("Choose channels of the list."), field="channels")
    return sorted(set(value))


def _overflow(value: Any, own_id: int | None) -> list[dict[str, int]]:
    if not isinstance(value, list | tuple) or len(value) > MAX_STEPS:
        raise InvalidInput(_("Give at most %(n)d steps.") % {"n": MAX_STEPS}, field="overflow")
    steps = []
    for step in value:
        fit = isinstance(step, Mapping) and set(step) in ({"after", "team"}, {"after", "queue"})
        if not fit or not all(isinstance(v, int) and not isinstance(v, bool) for v in step.values()):
            raise InvalidInput(_("Each step names seconds and a team or a queue."), field="overflow")
        if not 1 <= step["after"] <= 30 * 86_400:
            raise InvalidInput(_("A wait is between a second and thirty days."), field="overflow")
        if "team" in step and not Team.objects.filter(pk=step["team"], archived_at=None).exists():
            raise InvalidInput(_("Choose one of the teams."), field="overflow")
        if "queue" in step and (
            step["queue"] == own_id or not Queue.objects.filter(pk=step["queue"], archived_at=None).exists()
        ):
            raise InvalidInput(_("Choose another queue."), field="overflow")
        steps.append(dict(step))
    return sorted(steps, key=lambda step: step["after"])
