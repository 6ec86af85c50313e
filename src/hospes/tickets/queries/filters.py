"""What a list of tickets asks for, and how a kept filter is read back: checked, for anybody may have written it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from hospes.tickets.policies import CATEGORIES

ORDERS: Final = {
    "-updated_at": ("updated_at", True),
    "updated_at": ("updated_at", False),
    "-created_at": ("created_at", True),
    "created_at": ("created_at", False),
    "-priority": ("priority", True),
    "waiting_since": ("waiting_since", False),
    "due_at": ("due_at", False),
}


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """What a list asks for; None and empty mean "any". `assignee` and `team` 0 mean "nobody"."""

    active: bool | None = None
    category: tuple[str, ...] = ()
    status: int | None = None
    assignee: int | None = None
    team: int | None = None
    teams: tuple[int, ...] = ()
    customer: int | None = None
    inbox: int | None = None
    channel: str = ""
    language: str = ""
    priority: int | None = None
    type: str = ""
    tag: str = ""
    snoozed: bool | None = None
    spam: bool | None = None
    vip: bool | None = None
    updated_since: datetime | None = None
    created_since: datetime | None = None
    order: str = "-updated_at"


_WHOLE: Final = frozenset({"status", "assignee", "team", "customer", "inbox", "priority"})
_YES_NO: Final = frozenset({"active", "snoozed", "spam", "vip"})
_WORDS: Final = frozenset({"channel", "language", "type", "tag"})
_MOMENTS: Final = frozenset({"updated_since", "created_since"})


def filter_of(kept: dict[str, Any]) -> TicketFilter:
    """A kept filter as a TicketFilter; names and values that we do not understand are passed over."""
    known = {name: value for name, value in kept.items() if _fits(name, value)}
    for name in ("category", "teams"):
        if known.get(name) is not None:
            known[name] = tuple(known[name])
        else:
            known.pop(name, None)
    for name in _MOMENTS & known.keys():
        if isinstance(known[name], str):
            known[name] = parse_datetime(known[name])
    return TicketFilter(**{n: v for n, v in known.items() if v is not None})


def wrong_filters(kept: dict[str, Any]) -> list[str]:
    """The names in a filter that could not be read back."""
    return sorted(str(name) for name, value in kept.items() if not _fits(name, value))


def _fits(name: str, value: Any) -> bool:
    if name not in TicketFilter.__dataclass_fields__:
        return False
    if value is None or name in _YES_NO:
        return value is None or isinstance(value, bool)
    if name in _WHOLE:
        return _is_id(value)
    if name in _WORDS:
        return isinstance(value, str) and len(value) <= 60 and "\x00" not in value
    if name == "order":
        return isinstance(value, str) and value in ORDERS
    if name in _MOMENTS:
        return _is_moment(value)
    if not isinstance(value, list | tuple) or len(value) > 50:
        return False
    return all(_is_id(v) if name == "teams" else v in CATEGORIES for v in value)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_moment(value: Any) -> bool:
    try:
        moment = parse_datetime(value) if isinstance(value, str) else value
    except ValueError:
        return False
    return isinstance(moment, datetime) and moment.tzinfo is not None
