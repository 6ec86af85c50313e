"""Working time, exact: how much of it lies between two moments, and when an amount of it is over. Pure.

What is open is told by the wall clock of the calendar's zone: a moment counts when its local date and time lie in an
open window. So an hour that the clocks repeat in autumn counts twice, one that they skip in spring not at all.
Everything inside is whole microseconds, so nothing is ever rounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = EPOCH.toordinal()
MICROSECOND: Final = timedelta(microseconds=1)
# Further ahead nobody plans: a calendar that gives less than the amount in twelve years gives no due time.
HORIZON: Final = timedelta(days=12 * 366)
STEP: Final = 6 * 3600

Window = tuple[int, int]  # seconds since local midnight; the end may lie after 24:00, on the next day
Windows = tuple[Window, ...]


@lru_cache(maxsize=4000)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """A country's public holidays of a year by date; empty for a place or year that the library does not know."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
        return dict(found.items())
    except (NotImplementedError, KeyError, ValueError):
        return {}


@lru_cache(maxsize=4000)
def _offsets(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """A UTC year as stretches of one offset: (from, to, offset), in seconds since 1970."""
    info = ZoneInfo(zone)

    def offset(at: int) -> int:
        there = (EPOCH + timedelta(seconds=at)).astimezone(info).utcoffset() or timedelta()
        return there.days * 86_400 + there.seconds

    begin = (date(year, 1, 1).toordinal() - EPOCH_DAY) * 86_400
    end = (date(year, 12, 31).toordinal() + 1 - EPOCH_DAY) * 86_400
    found: list[tuple[int, int, int]] = []
    since, seen, current = begin, begin, offset(begin)
    for at in (*range(begin + STEP, end, STEP), end - 1):
        low, high = seen, at
        seen = at
        if offset(high) == current:
            continue
        while high - low > 1:  # the offset differs between these two: halve until the second is found
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == current else (low, middle)
        found.append((since, high, current))
        since, current = high, offset(high)
    found.append((since, end, current))
    return tuple(found)


@dataclass(frozen=True)
class Calendar:
    """When there is somebody. `weekly` has the windows of Monday to Sunday; a window over midnight ends after 24:00.

    `days` are single dates with windows of their own, none when closed: they say all there is of their date, and win
    over the week, over what reaches in from the night before, and over holidays. A holiday closes its whole date.
    """

    zone: str
    weekly: tuple[Windows, ...]
    days: Mapping[date, Windows] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""
    _known: dict[int, Windows] = field(default_factory=dict, init=False, repr=False, compare=False)

    def holiday(self, on: date) -> str:
        """The name of a date's public holiday, or an empty string."""
        return public_holidays(self.country, self.subdivision, on.year).get(on, "") if self.country else ""

    def open_on(self, on: date) -> Windows:
        """The windows of a local date, cut to the date itself, in order, none touching the next."""
        return self._windows(on.toordinal() - EPOCH_DAY)

    def _windows(self, day: int) -> Windows:
        if day not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[day] = self._made(date.fromordinal(day + EPOCH_DAY))
        return self._known[day]

    def _made(self, on: date) -> Windows:
        if on in self.days:
            parts = list(self.days[on])
        elif self.holiday(on):
            parts = []
        else:
            parts = list(self.weekly[on.weekday()])
            if on > date.min:
                parts += [(0, end - 86_400) for _start, end in self._begun(on - timedelta(days=1)) if end > 86_400]
        return _joined((start, min(end, 86_400)) for start, end in parts)

    def _begun(self, on: date) -> Windows:
        """The windows that begin on a date, whole."""
        if on in self.days:
            return self.days[on]
        return () if self.holiday(on) else self.weekly[on.weekday()]

    def never_opens(self, after: date) -> bool:
        """Whether no window can ever come again."""
        return not any(self.weekly) and not any(on >= after - timedelta(days=2) and w for on, w in self.days.items())


def _joined(parts: Iterator[Window]) -> Windows:
    found: list[Window] = []
    for start, end in sorted(p for p in parts if p[0] < p[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Reached:
    """When an amount of time is over; None with the reason: "never_open", "too_far", "paused"."""

    at: datetime | None
    reason: str = ""


def _plain(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def _moment(plain: int) -> datetime:
    return EPOCH + timedelta(microseconds=plain)


def _open(calendar: Calendar, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The open stretches between two moments (microseconds since 1970), in order."""
    for year in range(_moment(begin).year, min(_moment(end).year, 9990) + 1):
        for since, until, offset in _offsets(calendar.zone, year):
            low, high = max(begin, since * SECOND), min(end, until * SECOND)
            if low >= high:
                continue
            shift = offset * SECOND
            first, last = low + shift, high + shift  # on the wall
            for day in range(first // DAY, (last - 1) // DAY + 1):
                midnight = day * DAY
                for start, stop in calendar._windows(day):
                    opens, closes = max(midnight + start * SECOND, first), min(midnight + stop * SECOND, last)
                    if opens < closes:
                        yield opens - shift, closes - shift


def time_between(calendar: Calendar | None, start: datetime, end: datetime) -> timedelta:
    """The working time from one moment to another; without a calendar all time counts. Never negative."""
    if end <= start:
        return timedelta()
    if calendar is None:
        return end - start
    return timedelta(microseconds=sum(b - a for a, b in _open(calendar, _plain(start), _plain(end))))


def time_after(calendar: Calendar | None, start: datetime, amount: timedelta) -> Reached:
    """The first moment by which `amount` of working time has passed since `start`."""
    if amount <= timedelta():
        return Reached(start)
    if calendar is None:
        return Reached(start + amount)
    if calendar.never_opens(start.date()):
        return Reached(None, "never_open")
    left = amount // MICROSECOND
    begin = _plain(start)
    for a, b in _open(calendar, begin, begin + HORIZON // MICROSECOND):
        if b - a >= left:
            return Reached(_moment(a + left))
        left -= b - a
    return Reached(None, "too_far")


def business_seconds_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Whole seconds of working time between two moments."""
    return time_between(calendar, start, end) // timedelta(seconds=1)


def add_business_seconds(calendar: Calendar, start: datetime, seconds: int) -> Reached:
    """When so many seconds of working time have passed."""
    return time_after(calendar, start, timedelta(seconds=seconds))


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody is there at a moment."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    second = local.hour * 3600 + local.minute * 60 + local.second
    return any(start <= second < end for start, end in calendar.open_on(local.date()))


def next_change(calendar: Calendar, at: datetime) -> tuple[bool, datetime | None]:
    """(whether it is open at a moment, when that next changes; None when not within the year)."""
    begin = _plain(at)
    ends: int | None = None
    for a, b in _open(calendar, begin, begin + 366 * DAY):
        if ends is None and a > begin:
            return False, _moment(a)
        if ends is not None and a > ends:
            break
        ends = b
    return ends is not None, _moment(ends) if ends is not None else None


# A clock -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Segment:
    """From a moment on these terms hold: how much time there is, counted by a calendar (None: all time counts)."""

    since: datetime
    target: timedelta
    calendar: Calendar | None


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands still, closed-open; an end of None is still to come."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockTime:
    """What a clock has to count: its segments in order, the first from its start on, and its pauses.

    Time that was used counts as it was counted when it passed; the newest segment's target is the one to be met.
    """

    segments: tuple[Segment, ...]
    pauses: tuple[Pause, ...] = ()

    def _running(self) -> Iterator[tuple[datetime, datetime | None, Calendar | None]]:
        """The stretches in which it runs, in order, the last one with an end of None unless it is paused."""
        for number, segment in enumerate(self.segments):
            following = self.segments[number + 1].since if number + 1 < len(self.segments) else None
            at: datetime | None = segment.since
            for pause in sorted(self.pauses, key=lambda p: p.start):
                if at is None or (following is not None and at >= following):
                    break
                if pause.end is not None and pause.end <= at:
                    continue
                begins = pause.start if following is None else min(pause.start, following)
                if begins > at:
                    yield at, begins, segment.calendar
                at = pause.end
            if at is not None and (following is None or at < following):
                yield at, following, segment.calendar

    def used(self, now: datetime) -> timedelta:
        """How much of its time it has counted by now."""
        total = timedelta()
        for start, end, calendar in self._running():
            total += time_between(calendar, start, now if end is None else min(end, now))
        return total

    def due(self, *, share: float = 1.0) -> Reached:
        """When it has counted its whole target (or a share of it); not known while it is paused."""
        target = self.segments[-1].target * share
        total = timedelta()
        if target <= total:
            return Reached(self.segments[0].since)
        for start, end, calendar in self._running():
            if end is None:
                return time_after(calendar, start, target - total)
            used = time_between(calendar, start, end)
            if total + used >= target:
                return time_after(calendar, start, target - total)
            total += used
        return Reached(None, "paused")
