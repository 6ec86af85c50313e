"""Pure decisions of service levels: what a calendar's and a policy's set-up mean, which terms a ticket gets."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.core import clock as time_zones
from hospes.core.conditions import Facts, matches
from hospes.core.errors import InvalidInput
from hospes.sla.calculator import Calendar, Windows

KINDS: Final = ("first_response", "next_response", "resolution", "queue_wait", "callback", "work_order")
MODES: Final = ("business", "elapsed")
PRIORITIES: Final = ("4", "3", "2", "1")
MAX_SECONDS: Final = 366 * 86_400
MAX_WINDOWS: Final = 12
MAX_DAYS: Final = 400
CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")


def second_of(text: Any) -> int:
    """A time of day as seconds since midnight, up to 24:00. Raises ValueError."""
    found = CLOCK.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(text)
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    if seconds > 86_400:
        raise ValueError(text)
    return seconds


def windows_of(pairs: Any, place: str) -> Windows:
    """["09:00", "18:00"] pairs as windows; an end at or before its beginning lies on the next day."""
    if not isinstance(pairs, list) or len(pairs) > MAX_WINDOWS:
        raise InvalidInput(_("Give at most %(n)d windows a day.") % {"n": MAX_WINDOWS}, field=place)
    found = []
    for pair in pairs:
        try:
            first, last = pair
            start, end = second_of(first), second_of(last)
        except (TypeError, ValueError):
            raise InvalidInput(_("Write each window as 09:00-18:00."), field=place) from None
        if start == 86_400:
            raise InvalidInput(_("A window cannot begin at 24:00. Write 00:00 on the next day."), field=place)
        found.append((start, end if end > start else end + 86_400))
    return tuple(sorted(found))


def calendar_of(data: Mapping[str, Any]) -> Calendar:
    """A calendar out of its kept form. Raises InvalidInput naming the field."""
    zone = str(data.get("time_zone", ""))
    if zone not in time_zones.time_zones():
        raise InvalidInput(_("Choose one of the time zones."), field="time_zone")
    windows = data.get("windows")
    if not isinstance(windows, list) or len(windows) != 7:
        raise InvalidInput(_("Give the windows of seven days, Monday first."), field="windows")
    weekly = tuple(windows_of(pairs, f"windows.{n}") for n, pairs in enumerate(windows))
    days: dict[date, Windows] = {}
    kept = data.get("days") or []
    if not isinstance(kept, list) or len(kept) > MAX_DAYS:
        raise InvalidInput(_("Give at most %(n)d days of your own.") % {"n": MAX_DAYS}, field="days")
    for number, day in enumerate(kept):
        try:
            on = date.fromisoformat(str(day["date"]))
        except (KeyError, TypeError, ValueError):
            raise InvalidInput(_("Write dates such as 2026-12-24."), field=f"days.{number}") from None
        days[on] = windows_of(day.get("windows", []), f"days.{number}")
    return Calendar(zone, weekly, days, str(data.get("country", "")), str(data.get("subdivision", "")))


def check_targets(targets: Any) -> dict[str, Any]:
    """Targets by kind and priority, cleaned of what is empty. Raises InvalidInput naming the field."""
    if not isinstance(targets, Mapping) or set(targets) - set(KINDS):
        raise InvalidInput(_("Give targets by what they measure."), field="targets")
    found: dict[str, Any] = {}
    for kind, by_priority in targets.items():
        if not isinstance(by_priority, Mapping) or {str(p) for p in by_priority} - set(PRIORITIES):
            raise InvalidInput(_("Give targets by priority, 1 to 4."), field=f"targets.{kind}")
        for priority, target in by_priority.items():
            place = f"targets.{kind}.{priority}"
            seconds = target.get("seconds") if isinstance(target, Mapping) else None
            mode = target.get("mode", "business") if isinstance(target, Mapping) else ""
            if isinstance(seconds, bool) or not isinstance(seconds, int) or not 1 <= seconds <= MAX_SECONDS:
                raise InvalidInput(_("A target lies between one second and a year."), field=place)
            if mode not in MODES:
                raise InvalidInput(_("Count in business or elapsed time."), field=place)
            found.setdefault(kind, {})[str(priority)] = {"seconds": seconds, "mode": mode}
    return found


@dataclass(frozen=True)
class Target:
    """How much time there is, and how it is counted."""

    seconds: int
    business: bool


@dataclass(frozen=True)
class Terms:
    """A version of a policy as a value."""

    version_id: int
    policy_id: int
    name: str
    position: int
    conditions: Mapping[str, Any]
    calendar_id: int | None
    targets: Mapping[str, Any]
    pause_waiting: bool = True
    pause_on_hold: bool = False
    pause_answers: bool = False
    warn_percent: int = 80
    uses: frozenset[str] = field(default_factory=frozenset)

    def target(self, kind: str, priority: int) -> Target | None:
        """The target of a kind at a priority, or None when nothing is promised."""
        kept = self.targets.get(kind, {}).get(str(priority))
        return Target(kept["seconds"], kept["mode"] == "business") if kept else None

    def pause_for(self, kind: str, category: str) -> str:
        """Why a clock of this kind stands still in a state; "" when it runs."""
        if kind not in {"first_response", "next_response", "resolution"}:
            return ""
        if category in {"solved", "closed"}:
            return "solved"
        if kind != "resolution" and not self.pause_answers:
            return ""
        if category == "waiting" and self.pause_waiting:
            return "waiting"
        return "on_hold" if category == "on_hold" and self.pause_on_hold else ""


def first_fitting(policies: Sequence[Terms], facts: Facts, *, now: Any) -> Terms | None:
    """The first policy, in order, whose conditions fit."""
    return next((p for p in policies if matches(p.conditions, facts, now=now)), None)


def needs_match(policies: Iterable[Terms], changed: str) -> bool:
    """Whether a change of a ticket's field can bring it under other terms."""
    names = {"assignee": "ticket.assignee", "snoozed_until": ""}
    asked = names.get(changed, f"ticket.{changed}")
    if changed in {"status", "snoozed_until", "spam", "subject"}:
        also = {"status": {"ticket.status", "ticket.category"}, "subject": {"ticket.subject"}}.get(changed, set())
        return any(p.uses & also for p in policies)
    if changed in {"customer", "fields"}:
        return True
    return any(asked in p.uses for p in policies)
