"""When customers can be called back: open hours cut into slots, with room by how many people are there. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hospes.sla.calculator import Calendar, next_change, time_after

LENGTH: Final = timedelta(minutes=60)
AHEAD: Final = timedelta(days=7)
MOST: Final = 40
EACH: Final = 4  # call-backs that one person can make in one slot beside their other work
RETRY: Final = (timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=120))


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which we promise to call, closed-open. `left` is how many more fit."""

    starts_at: datetime
    ends_at: datetime
    left: int


def slots(
    calendar: Calendar | None,
    *,
    now: datetime,
    people: Callable[[datetime, datetime], int],
    booked: Iterable[datetime],
    length: timedelta = LENGTH,
) -> list[Slot]:
    """The slots of the coming days that still have room. `people(start, end)` says how many of ours are there;
    `booked` are the beginnings of slots that others were promised. A slot begins at a full quarter of an hour."""
    taken = list(booked)
    found: list[Slot] = []
    at = _quarter(now + timedelta(minutes=15))
    while at < now + AHEAD and len(found) < MOST:
        opens, change = next_change(calendar, at) if calendar is not None else (True, None)
        if not opens:
            if change is None:
                break
            at = _quarter(change)
            continue
        end = at + length
        if change is not None and end > change:
            at = _quarter(max(change, at + timedelta(minutes=15)))
            continue
        room = EACH * people(at, end) - sum(1 for t in taken if at <= t < end)
        if room > 0:
            found.append(Slot(at, end, room))
        at = end
    return found


def promised(calendar: Calendar | None, *, wanted_from: datetime, minutes: int) -> datetime:
    """By when somebody is called who wants it from this moment on: so many minutes of open time later."""
    within = timedelta(minutes=minutes)
    return time_after(calendar, wanted_from, within).at or wanted_from + within


def next_try(calendar: Calendar | None, *, missed: int, now: datetime) -> datetime | None:
    """When a customer who was missed so often (from 1) is tried again, within open hours; None: no more."""
    if missed > len(RETRY):
        return None
    return opened(calendar, now + RETRY[missed - 1])


def opened(calendar: Calendar | None, at: datetime) -> datetime:
    """This moment, or the next one at which somebody is there."""
    if calendar is None:
        return at
    opens, change = next_change(calendar, at)
    return at if opens or change is None else change


def _quarter(at: datetime) -> datetime:
    full = at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)
    return full if full == at else full + timedelta(minutes=15)
