"""The watch over a stream, in memory: what simulations run, and in what order operations/watching.py does it."""

from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hospes.incidents.detection.judging import WINDOWS, Alarm, judge
from hospes.incidents.detection.rates import NEVER, Rate, Volume, part_of_week, share
from hospes.incidents.detection.words import kinship, match, signature

LONGEST: Final = WINDOWS[-1]
REMEMBERED: Final = 2000  # newest tickets in the window; more are not needed to see that something is wrong
LIFE: Final = 6 * 3600  # seconds for which an undecided burst takes in what looks like it
MUTED: Final = 24 * 3600  # seconds for which a dismissed one is not proposed again
KIN: Final = 2.0  # bits: a cluster whose tickets look so much like those of a fresh burst is part of it
KIN_WITHIN: Final = 1800  # seconds after a burst was proposed
LEARNED_AGAIN: Final = (5, 10, 20, 40, 80, 160, 320, 640)  # sizes at which a burst's words are found anew


@dataclass(slots=True)
class Proposal:
    """A burst: since when, by which words; `tickets` are the signs of those in it (newest kept)."""

    alarm: Alarm
    at: float
    began: float
    words: dict[str, float]
    size: int = 0
    until: float = 0.0
    tickets: deque[Sequence[str]] = field(default_factory=lambda: deque(maxlen=200))


@dataclass(slots=True)
class _Seen:
    at: float
    who: int
    terms: Sequence[str]
    taken: bool = False


class Watch:
    """Memory is bounded by the window and by the words known; work for each ticket by its words."""

    def __init__(self) -> None:
        self.volume = Volume()
        self.rates: dict[str, Rate] = {}
        self.window: deque[_Seen] = deque()
        self.at: dict[str, list[float]] = {}  # when each word came, by a customer who had not used it in the window
        self.last: dict[tuple[str, int], float] = {}
        self.all: list[float] = []
        self.bursts: list[Proposal] = []

    def see(self, at: float, who: int, terms: Sequence[str]) -> Proposal | None:
        """One more ticket; returns a burst when it is now proposed for the first time."""
        self._learn_what_left(at)
        self.bursts = [burst for burst in self.bursts if burst.until > at]
        for burst in self.bursts:
            if match(burst.words, terms).looks_alike:
                self._join(burst, terms, at)
                return None
        seen = _Seen(at, who, terms)
        self._remember(seen)
        alarm = judge(self._counts(terms, at), self._since(self.all, at), self.rates, self.volume, at=at)
        return None if alarm is None else self._propose(alarm, at)

    def _learn_what_left(self, at: float) -> None:
        while self.window and (self.window[0].at <= at - LONGEST or len(self.window) > REMEMBERED):
            gone = self.window.popleft()
            if gone.taken:
                continue
            weight, part = self.volume.learn(gone.at), part_of_week(gone.at)
            for term in gone.terms:
                rate = self.rates.get(term)
                if rate is None:
                    rate = self.rates[term] = Rate()
                rate.learn(weight, part)
            self._forget(gone)

    def _remember(self, seen: _Seen) -> None:
        self.window.append(seen)
        self.all.append(seen.at)
        for term in seen.terms:
            if (term, seen.who) not in self.last:
                self.at.setdefault(term, []).append(seen.at)
                self.last[term, seen.who] = seen.at

    def _forget(self, gone: _Seen) -> None:
        self.all.remove(gone.at)
        for term in gone.terms:
            if self.last.get((term, gone.who)) == gone.at:
                del self.last[term, gone.who]
                moments = self.at[term]
                moments.remove(gone.at)
                if not moments:
                    del self.at[term]

    def _counts(self, terms: Sequence[str], at: float) -> dict[str, tuple[int, ...]]:
        return {term: self._since(self.at.get(term, []), at) for term in terms}

    @staticmethod
    def _since(moments: list[float], at: float) -> tuple[int, ...]:
        return tuple(len(moments) - bisect_right(moments, at - window) for window in WINDOWS)

    def usual(self, terms: set[str], at: float) -> dict[str, float]:
        """Each word's usual share of tickets."""
        return {term: share(self.rates.get(term, NEVER), self.volume, at)[0] for term in terms}

    def _propose(self, alarm: Alarm, at: float) -> Proposal | None:
        hit = [
            seen for seen in self.window if not seen.taken and alarm.term in seen.terms and seen.at > at - alarm.window
        ]
        words = signature([seen.terms for seen in hit], self.usual({t for seen in hit for t in seen.terms}, at))
        words = words or {alarm.term: 6.0}
        known = next((b for b in self.bursts if b.at > at - KIN_WITHIN and self._akin(b, hit, at)), None)
        burst = known or Proposal(alarm, at, hit[0].at, words, until=at + LIFE)
        burst.words = {**words, **burst.words}
        for seen in list(self.window):
            if (
                not seen.taken
                and seen.at > at - alarm.window
                and (alarm.term in seen.terms or match(burst.words, seen.terms).looks_alike)
            ):
                seen.taken = True
                self._forget(seen)
                self._join(burst, seen.terms, at)
        if known is not None:
            return None
        self.bursts.append(burst)
        return burst

    def _akin(self, burst: Proposal, hit: list[_Seen], at: float) -> bool:
        """One outage in other words: what its tickets have in common with the burst's, also in words that are not
        rare. Two outages within half an hour are rarer than customers who say the same thing differently."""
        usual = self.usual({term for kept in burst.tickets for term in kept}, at)
        return kinship(list(burst.tickets), [seen.terms for seen in hit], usual) >= KIN

    def _join(self, burst: Proposal, terms: Sequence[str], at: float) -> None:
        burst.size += 1
        burst.tickets.append(terms)
        if burst.size in LEARNED_AGAIN:
            usual = self.usual({term for kept in burst.tickets for term in kept}, at)
            burst.words = signature(list(burst.tickets), usual) or burst.words
