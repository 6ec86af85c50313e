"""How many tickets, and how many with a word, are usual at an hour of the week. Pure; learned one ticket at a time.

Counts fade by forward decay: each ticket counts exp((t - LANDMARK) / FADING), so that what lies back weighs less
without anything having to be rewritten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Any, Final

HOUR: Final = 3600
HOURS: Final = 168  # of a week
PARTS: Final = 48  # hours of a working day, hours of a weekend's day
LANDMARK: Final = 1_767_225_600  # 2026-01-01 UTC
FADING: Final = 6 * 7 * 86400.0  # seconds: after six weeks a ticket weighs a third
WEEKLY: Final = 0.85
OWN_WEEKS: Final = 2.0  # what an hour of the week has shown for so many weeks counts as much as the average hour
OWN_TICKETS: Final = 200.0  # the same for a word in a part of the week
PRIOR_SEEN: Final = 0.5
PRIOR_TICKETS: Final = 20.0
WORD_SHAPE: Final = 30.0  # no word is steadier than this (a spread of 18 % beyond chance)
VOLUME_SHAPE: Final = 8.0  # the whole stream varies by 35 % beyond chance


def fading(at: float) -> float:
    """What a ticket of this moment counts."""
    return exp((at - LANDMARK) / FADING)


def hour_of_week(at: float) -> int:
    """0 is the first hour of Monday (UTC)."""
    return int(at // HOUR + 72) % HOURS  # the epoch began on a Thursday


def part_of_week(at: float) -> int:
    """The hour of the day, of working days and weekends apart."""
    hour = hour_of_week(at)
    return hour % 24 + (24 if hour >= 120 else 0)


@dataclass(slots=True)
class Volume:
    """How many tickets come in each hour of the week, and how many were learned from, in all and by part."""

    counts: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    weeks: list[float] = field(default_factory=lambda: [0.0] * HOURS)
    hour: int = 0  # the hour (since the epoch) that is being counted
    current: float = 0.0
    seen: float = 0.0
    parts: list[float] = field(default_factory=lambda: [0.0] * PARTS)
    tickets: int = 0

    def learn(self, at: float) -> float:
        """Count one usual ticket; returns what it counts, for its words."""
        self.advance(at)
        self.current += 1
        self.tickets += 1
        weight = fading(at)
        self.seen += weight
        self.parts[part_of_week(at)] += weight
        return weight

    def advance(self, at: float) -> None:
        """Close the hours that have passed, also those in which nothing came."""
        now = int(at // HOUR)
        if not self.hour:
            self.hour = now
        self.hour = max(self.hour, now - 2 * HOURS)  # after a long silence, two weeks of it are enough
        while self.hour < now:
            slot = hour_of_week(self.hour * HOUR)
            self.counts[slot] = self.counts[slot] * WEEKLY + self.current
            self.weeks[slot] = self.weeks[slot] * WEEKLY + 1
            self.current = 0.0
            self.hour += 1

    def mean(self) -> float:
        """Tickets in an average hour."""
        return sum(self.counts) / max(1.0, sum(self.weeks))

    def expected(self, at: float, seconds: float) -> float:
        """How many tickets are usual in the `seconds` before a moment: its hour's own rate, drawn to the average."""
        mean, slot = self.mean(), hour_of_week(at)
        own = (self.counts[slot] + OWN_WEEKS * mean) / (self.weeks[slot] + OWN_WEEKS)
        return own * seconds / HOUR

    def as_json(self) -> dict[str, Any]:
        """For a table."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Volume":
        """Out of a table; empty for what cannot be read."""
        names = {name: kept[name] for name in cls.__slots__ if name in kept}
        return cls(**names)


@dataclass(slots=True)
class Rate:
    """How often a word came, fading, in all and by part of the week."""

    total: float = 0.0
    parts: dict[int, float] = field(default_factory=dict)

    def learn(self, weight: float, part: int) -> None:
        """One more ticket with it."""
        self.total += weight
        self.parts[part] = self.parts.get(part, 0.0) + weight


NEVER: Final = Rate()


def share(rate: Rate, volume: Volume, at: float) -> tuple[float, float]:
    """(the word's usual share of tickets at this part of the week, how sure we are of it as the shape of a gamma).

    Drawn twice towards what is known better: the part of the week to the word's share in all, and that to a small
    share that any word may have. A part of the week can only raise what is usual: that a rare word was not seen on
    two Monday mornings says little about the third.
    """
    unit = fading(at)
    overall = (rate.total + PRIOR_SEEN * unit) / (volume.seen + PRIOR_TICKETS * unit)
    part = part_of_week(at)
    own = (rate.parts.get(part, 0.0) + OWN_TICKETS * unit * overall) / (volume.parts[part] + OWN_TICKETS * unit)
    return min(1.0, max(own, overall)), min(WORD_SHAPE, PRIOR_SEEN + rate.total / unit)
