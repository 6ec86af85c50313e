"""Targets, hours and pauses in the words that people read and type."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core.conditions import SECONDS, SPAN
from hospes.core.errors import InvalidInput
from hospes.sla.models import Kind, Policy
from hospes.sla.policies import KINDS, PRIORITIES
from hospes.tickets.models import Priority

DAYS: Final = (0, 1, 2, 3, 4, 5, 6)
PAIR = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)\s*[-–—]\s*(\d{1,2}:\d{2}(?::\d{2})?)")
UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def typed(seconds: int | None) -> str:
    """A length of time as it is typed: 4 h, 90 min. Empty for none."""
    if not seconds:
        return ""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}"


def seconds_of(text: str) -> int:
    """What somebody typed: "4 h", "1 h 30 min". Raises ValueError."""
    text = text.strip()
    parts = SPAN.findall(text)
    if not parts or SPAN.sub("", text).strip():
        raise ValueError(text)
    return sum(int(number) * SECONDS[unit] for number, unit in parts)


def length(seconds: float, *, business: bool = False) -> str:
    """A length of time in at most two units, as it is read: 1 h 30 min. In service hours a day would be anybody's
    guess, so these stay hours."""
    whole = abs(int(seconds))
    if business and whole >= 86_400:
        hours, minutes = whole // 3600, whole % 3600 // 60
        words = [_("%(n)d h") % {"n": hours}, *([_("%(n)d min") % {"n": minutes}] if minutes else [])]
        return " ".join(words)
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3600, whole % 3600 // 60
    words = []
    if days:
        words.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if hours:
        # Translators: short for hours
        words.append(_("%(n)d h") % {"n": hours})
    if minutes and not days:
        # Translators: short for minutes
        words.append(_("%(n)d min") % {"n": minutes})
    # Translators: short for seconds
    return " ".join(words[:2]) or _("%(n)d s") % {"n": whole}


def windows_text(pairs: Sequence[Sequence[str]]) -> str:
    """Windows as they are typed: 09:00-13:00, 14:00-18:00."""
    return ", ".join(f"{start}-{end}" for start, end in pairs)


def windows_typed(text: str, field: str) -> list[list[str]]:
    """Windows out of what somebody typed; nothing for a closed day. Raises InvalidInput."""
    found = [[pair[1], pair[2]] for pair in PAIR.finditer(text)]
    if PAIR.sub("", text).strip(" ,;\t"):
        raise InvalidInput(_("Write hours as 09:00-13:00, 14:00-18:00."), field=field)
    return found


def days_text(days: Sequence[Mapping[str, Any]]) -> str:
    """Single days as they are typed, a line for each."""
    return "\n".join(
        " ".join(part for part in (day["date"], windows_text(day.get("windows", [])), day.get("name", "")) if part)
        for day in days
    )


def days_typed(text: str) -> list[dict[str, Any]]:
    """Single days out of lines: the date, hours if any, a name. Raises InvalidInput naming the line."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.strip()
        if not words:
            continue
        try:
            on = date.fromisoformat(words[:10])
        except ValueError:
            said = _("Line %(n)d does not begin with a date such as 2026-12-24.") % {"n": number}
            raise InvalidInput(said, field="days") from None
        rest = words[10:]
        hours = [[pair[1], pair[2]] for pair in PAIR.finditer(rest)]
        name = PAIR.sub("", rest).strip(" ,;")[:100]
        found.append({"date": on.isoformat(), "windows": hours, "name": name})
    return found


def kind_label(kind: str) -> str:
    """What a clock measures, as a heading."""
    return str(Kind(kind).label) if kind in Kind.values else kind


def reading_of(policy: Policy) -> list[str]:
    """A policy's promises as sentences, one for each thing that is promised."""
    return [_promise(kind, policy.targets[kind]) for kind in KINDS if policy.targets.get(kind)]


def _promise(kind: str, targets: Mapping[str, Any]) -> str:
    groups: dict[tuple[int, str], list[str]] = {}
    for priority in PRIORITIES:
        if target := targets.get(priority):
            groups.setdefault((target["seconds"], target["mode"]), []).append(priority)
    modes = {mode for _seconds, mode in groups}
    parts = []
    for (seconds, mode), priorities in groups.items():
        time = length(seconds, business=mode == "business")
        if mode == "business" and len(modes) > 1:
            # Translators: "4 h of service hours"
            time = _("%(time)s of service hours") % {"time": time}
        if len(priorities) < len(PRIORITIES):
            names = _(", ").join(str(Priority(int(p)).label) for p in priorities)
            # Translators: "4 h (Urgent, High)": a time, and the priorities that it is for
            time = _("%(time)s (%(priorities)s)") % {"time": time, "priorities": names}
        parts.append(time)
    values = {"kind": kind_label(kind), "times": _(", ").join(parts)}
    if modes == {"business"}:
        # Translators: "First answer within 1 h (Urgent), 4 h (High), in service hours"
        return _("%(kind)s within %(times)s, in service hours") % values
    # Translators: "First answer within 1 h (Urgent), 4 h (High)"
    return _("%(kind)s within %(times)s") % values


def pauses_of(policy: Policy) -> str:
    """When a policy's clocks stand still."""
    if policy.pause_waiting and policy.pause_on_hold:
        words = _("The solution’s clock stands still while we wait for the customer and while on hold.")
    elif policy.pause_waiting:
        words = _("The solution’s clock stands still while we wait for the customer.")
    elif policy.pause_on_hold:
        words = _("The solution’s clock stands still while on hold.")
    else:
        return _("No clock ever stands still.")
    return f"{words} {_('So do the clocks of answers.')}" if policy.pause_answers else words


def clock_time(second: int) -> str:
    """A time of day in the reader's way; midnight at the end of the day is 24:00."""
    from datetime import time

    if second >= 86_400:
        return "24:00"
    return formats.time_format(time(second // 3600, second % 3600 // 60, second % 60), "H:i")
