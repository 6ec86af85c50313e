"""Calendars and policies: made, changed, moved, put away. Each change makes a version; running clocks keep theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import holidays
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.conditions import check
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.facts import all_fields
from hospes.core.text import storable, storable_json
from hospes.sla import events, queries
from hospes.sla.models import Calendar, CalendarVersion, Policy, PolicyVersion
from hospes.sla.policies import calendar_of, check_targets

RIGHT = "sla.manage"
POLICY_LIMIT = 2000
# What conditions of a policy must not ask: it would be about the clocks that the policy itself starts.
NOT_ASKED = "sla."


def _name(text: str) -> str:
    name = " ".join(storable(text).split())[:100]
    if not name:
        raise InvalidInput(_("Give it a name."), field="name")
    return name


@transaction.atomic
def save_calendar(
    *,
    name: str,
    time_zone: str,
    windows: list[list[list[str]]],
    actor: Actor,
    now: datetime,
    calendar: Calendar | None = None,
    country: str = "",
    subdivision: str = "",
    days: list[dict[str, Any]] | None = None,
) -> Calendar:
    """Make or change a calendar. New clocks count by it; running ones when it is applied. Raises InvalidInput."""
    actor.require(RIGHT)
    kept = calendar or Calendar(created_at=now, version=0)
    if calendar is not None:
        kept = Calendar.objects.select_for_update().get(pk=calendar.pk)
    kept.name, kept.time_zone, kept.windows = _name(name), time_zone, windows
    kept.country, kept.subdivision = _place(country, subdivision)
    kept.days = sorted(days or [], key=lambda day: str(day.get("date", "")))
    data = storable_json(queries.data_of(kept))
    calendar_of(data)  # refuses what cannot be counted by
    kept.version += 1
    kept.save()
    CalendarVersion.objects.create(calendar=kept, version=kept.version, data=data, created_at=now)
    _tell("calendar", kept.pk, "changed" if calendar else "created", kept.name, actor, now)
    return kept


def _place(country: str, subdivision: str) -> tuple[str, str]:
    country, subdivision = country.strip().upper(), subdivision.strip()
    if not country:
        return "", ""
    known = holidays.list_supported_countries()
    if country not in known:
        raise InvalidInput(_("We know no holidays of this country."), field="country")
    if subdivision and subdivision not in known[country]:
        names = ", ".join(known[country][:20]) or "—"
        raise InvalidInput(_("Choose one of its regions: %(names)s.") % {"names": names}, field="subdivision")
    return country, subdivision


@transaction.atomic
def archive_calendar(*, calendar: Calendar, actor: Actor, now: datetime) -> None:
    """Put a calendar away. Raises InvalidInput while a policy counts by it."""
    actor.require(RIGHT)
    used = Policy.objects.filter(calendar=calendar, archived_at=None).values_list("name", flat=True)
    if used:
        raise InvalidInput(_("These policies count by it: %(names)s.") % {"names": ", ".join(used[:5])}, field="name")
    Calendar.objects.filter(pk=calendar.pk).update(archived_at=now)
    _tell("calendar", calendar.pk, "archived", calendar.name, actor, now)


@transaction.atomic
def save_policy(
    *,
    name: str,
    targets: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    policy: Policy | None = None,
    conditions: Mapping[str, Any] | None = None,
    calendar: Calendar | None = None,
    pause_waiting: bool = True,
    pause_on_hold: bool = False,
    pause_answers: bool = False,
    warn_percent: int = 80,
) -> Policy:
    """Make (at the end of the list) or change a policy. Raises InvalidInput naming the field."""
    actor.require(RIGHT)
    if policy is None:
        if Policy.objects.filter(archived_at=None).count() >= POLICY_LIMIT:
            raise InvalidInput(_("At most %(n)d policies.") % {"n": POLICY_LIMIT}, field="name")
        newest = Policy.objects.aggregate(last=Max("position"))["last"]
        kept = Policy(created_at=now, version=0, position=0 if newest is None else newest + 1)
    else:
        kept = Policy.objects.select_for_update().get(pk=policy.pk)
    asked: dict[str, Any] = storable_json(dict(conditions or {}))
    fields = {n: f for n, f in all_fields().items() if not n.startswith(NOT_ASKED)}
    check(asked, fields)
    kept.name, kept.conditions, kept.targets = _name(name), asked, check_targets(targets)
    kept.calendar = calendar
    if calendar is None and any(t["mode"] == "business" for by in kept.targets.values() for t in by.values()):
        raise InvalidInput(_("Choose the calendar that business time is counted by."), field="calendar")
    if not 10 <= warn_percent <= 99:
        raise InvalidInput(_("Warn when 10 to 99 percent of the time are used."), field="warn_percent")
    kept.pause_waiting, kept.pause_on_hold = pause_waiting, pause_on_hold
    kept.pause_answers, kept.warn_percent = pause_answers, warn_percent
    _save(kept, actor, now)
    _tell("policy", kept.pk, "changed" if policy else "created", kept.name, actor, now)
    return kept


def _save(policy: Policy, actor: Actor, now: datetime) -> None:
    policy.version += 1
    policy.save()
    names = ("name", "position", "conditions", "targets", "pause_waiting", "pause_on_hold", "pause_answers")
    data = {n: getattr(policy, n) for n in names}
    data |= {"warn_percent": policy.warn_percent, "calendar": policy.calendar_id}
    PolicyVersion.objects.create(
        policy=policy, version=policy.version, data=data, created_at=now, by_name=actor.name[:200]
    )


@transaction.atomic
def order_policies(*, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """Put the policies into this order. Raises InvalidInput unless each is named once."""
    actor.require(RIGHT)
    kept = {p.pk: p for p in Policy.objects.select_for_update(of=("self",)).filter(archived_at=None)}
    if sorted(ids) != sorted(kept):
        raise InvalidInput(_("Name each policy once."), field="ids")
    for position, pk in enumerate(ids):
        if kept[pk].position != position:
            kept[pk].position = position
            _save(kept[pk], actor, now)
            _tell("policy", pk, "moved", kept[pk].name, actor, now)


@transaction.atomic
def archive_policy(*, policy: Policy, actor: Actor, now: datetime) -> None:
    """Put a policy away: new tickets no longer come under it, running clocks go on."""
    actor.require(RIGHT)
    kept = Policy.objects.select_for_update(of=("self",)).get(pk=policy.pk)
    if kept.archived_at is None:
        kept.archived_at = now
        _save(kept, actor, now)
        _tell("policy", kept.pk, "archived", kept.name, actor, now)


def _tell(thing: str, thing_id: int, what: str, label: str, actor: Actor, now: datetime) -> None:
    event = events.ServiceLevelsChanged(thing=thing, thing_id=thing_id, what=what, label=label)
    emit(event, actor=actor, now=now)
