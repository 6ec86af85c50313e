"""What happened to clocks, calendars and policies, in words for the timeline and the audit log."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated
from hospes.tickets.models import Priority

Data = Mapping[str, Any]

# Translators: what a clock measures, as the subject of a sentence ("the first answer is due at 14:10")
KIND_WORDS: Final[dict[str, str | Promise]] = {
    "first_response": gettext_lazy("first answer"),
    "next_response": gettext_lazy("next answer"),
    "resolution": gettext_lazy("solution"),
    "queue_wait": gettext_lazy("wait in the queue"),
    "callback": gettext_lazy("call back"),
    "work_order": gettext_lazy("work order"),
}


def kind_words(kind: str) -> str:
    """What a clock measures, in words."""
    return str(KIND_WORDS.get(kind, kind))


def when(value: Any) -> str:
    """A moment in the reader's zone: the hour alone for today, else with its day."""
    at = value if isinstance(value, datetime) else parse_datetime(str(value or ""))
    if at is None:
        return _("open")
    local = timezone.localtime(at)
    today = local.date() == timezone.localtime().date()
    return formats.date_format(local, "TIME_FORMAT" if today else "SHORT_DATETIME_FORMAT")


def pause_words(reason: str) -> str:
    """Why a clock stands still."""
    words = {
        "waiting": _("waiting for the customer"),
        "on_hold": _("on hold"),
        "solved": _("solved"),
    }
    return words.get(reason, reason)


def why_words(reason: str, words: str) -> str:
    """Why a clock is due at another time than before."""
    if reason == "priority" and words.isdigit() and int(words) in Priority.values:
        return _("priority %(name)s") % {"name": Priority(int(words)).label}
    if reason in {"policy", "applied"}:
        return _("policy “%(name)s”") % {"name": isolated(words)} if words else _("another policy")
    known = {
        "spam": _("spam"),
        "merged": _("merged"),
        "unmerged": _("a merge was undone"),
        "no-target": _("nothing is promised here"),
        "withdrawn": _("answer taken back"),
        "restored": _("put right"),
        "not-wanted": _("no longer wanted"),
    }
    return known.get(words) or known.get(reason) or words or reason


def _changed(data: dict[str, Any], _names: Names) -> str:
    kind, reason = kind_words(data.get("kind", "")), str(data.get("reason", ""))
    values = {
        "kind": kind,
        "due": when(data.get("due_at")),
        "before": when(data.get("before_due_at")),
        "words": why_words(reason, str(data.get("words", ""))),
    }
    if reason == "ended":
        return _("%(kind)s: no longer due (%(words)s)") % values
    if reason == "withdrawn":
        return _("answer taken back, %(kind)s due %(due)s as before") % values
    if reason == "restored":
        return _("%(kind)s: due %(due)s again") % values
    if data.get("before_due_at") is None:
        return _("%(words)s: %(kind)s now due %(due)s") % values
    # Translators: "priority Urgent: first answer now due 14:10 instead of 16:00"
    return _("%(words)s: %(kind)s now due %(due)s instead of %(before)s") % values


def _met(data: dict[str, Any], _names: Names) -> str:
    words = {"kind": kind_words(data.get("kind", ""))}
    return _("%(kind)s: done, but late") % words if data.get("late") else _("%(kind)s: done in time") % words


TIMELINE: Final[dict[str, Callable[[dict[str, Any], Names], str]]] = {
    "ClockPaused": lambda d, _n: (
        _("%(kind)s: clock stopped, %(reason)s")
        % {"kind": kind_words(d.get("kind", "")), "reason": pause_words(str(d.get("reason", "")))}
    ),
    "ClockResumed": lambda d, _n: (
        _("%(kind)s: clock runs again, due %(due)s")
        % {"kind": kind_words(d.get("kind", "")), "due": when(d.get("due_at"))}
    ),
    "ClockChanged": _changed,
    "ClockWarned": lambda d, _n: (
        _("%(kind)s: due soon, %(due)s") % {"kind": kind_words(d.get("kind", "")), "due": when(d.get("due_at"))}
    ),
    "ClockBreached": lambda d, _n: (
        _("%(kind)s: not done by %(due)s") % {"kind": kind_words(d.get("kind", "")), "due": when(d.get("due_at"))}
    ),
    "ClockMet": _met,
}

_DONE: Final[dict[str, str | Promise]] = {
    "created": gettext_lazy("made %(thing)s %(name)s"),
    "changed": gettext_lazy("changed %(thing)s %(name)s"),
    "archived": gettext_lazy("put away %(thing)s %(name)s"),
    "moved": gettext_lazy("moved %(thing)s %(name)s"),
    "applied": gettext_lazy("applied %(thing)s %(name)s to open tickets"),
}


def _setup(data: Data) -> str:
    thing = _("the calendar") if data.get("thing") == "calendar" else _("the service-level policy")
    words = _DONE.get(str(data.get("what")), _DONE["changed"])
    return str(words) % {"thing": thing, "name": isolated(f"“{data.get('label', '')}”")}


AUDIT: Final[dict[str, Callable[[Data], str]]] = {
    "ClockStarted": lambda d: (
        _("%(kind)s: clock started, due %(due)s")
        % {"kind": kind_words(d.get("kind", "")), "due": when(d.get("due_at"))}
    ),
    "ServiceLevelsChanged": _setup,
}
