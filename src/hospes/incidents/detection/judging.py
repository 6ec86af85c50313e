"""The test: is this word coming in more often than chance allows? Pure. See docs/decisions/0015 for the formula."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from typing import Final

from hospes.incidents.detection.rates import HOURS, NEVER, VOLUME_SHAPE, Rate, Volume, share
from hospes.incidents.detection.words import MAX_TERMS

WINDOWS: Final = (120, 600, 3600)  # seconds looked back at each new ticket
LEAST: Final = 5  # tickets of different customers; fewer are nobody's outage
FALSE_ALARMS_A_WEEK: Final = 0.2  # how many we allow ourselves to expect at most
LEAST_A_WEEK: Final = 500.0  # tickets; looks are counted for at least so many
SILENT_UNTIL: Final = 200  # tickets learned from before anything is said


@dataclass(frozen=True, slots=True)
class Alarm:
    """A word that came in too often: `seen` times in `window` seconds where `expected` were usual."""

    term: str
    window: int
    seen: int
    expected: float
    p_value: float


def tail(seen: int, mean: float, shape: float) -> float:
    """P(X >= seen) for a negative binomial X: a Poisson count whose rate is itself only known up to a gamma of this
    shape. Summed from `seen` on; exact to twelve digits when `seen` lies above the mean, else 1."""
    if seen <= mean or mean <= 0:
        return 0.0 if mean <= 0 < seen else 1.0
    chance = mean / (mean + shape)
    term = exp(
        lgamma(seen + shape) - lgamma(shape) - lgamma(seen + 1) + seen * log(chance) - shape * log1p(mean / shape)
    )
    total, count = 0.0, seen
    while term > total * 1e-13:
        total += term
        term *= (count + shape) / (count + 1) * chance
        count += 1
    return min(1.0, total)


def threshold(volume: Volume) -> float:
    """The p-value from which on we speak: the false alarms that we allow in a week, divided by how often a week we
    look (tickets x words x windows). By Boole's inequality the expected number then stays below what we allow."""
    looks = max(LEAST_A_WEEK, volume.mean() * HOURS) * MAX_TERMS * len(WINDOWS)
    return FALSE_ALARMS_A_WEEK / looks


def judge(
    counts: Mapping[str, Sequence[int]],
    totals: Sequence[int],
    rates: Mapping[str, Rate],
    volume: Volume,
    *,
    at: float,
) -> Alarm | None:
    """The most surprising word of a new ticket, if it is more surprising than chance allows.

    `counts` are for each word the tickets (of different customers) that had it in each of WINDOWS, `totals` all
    tickets in them. Two questions must both be answered so: is it too many for this hour of the week, and too large
    a part of what comes in just now? A busy Monday passes the first alone, a quiet night the second alone.
    """
    if volume.tickets < SILENT_UNTIL:
        return None
    found: Alarm | None = None
    limit = threshold(volume)
    usual = [volume.expected(at, window) for window in WINDOWS]
    for term, seen in counts.items():
        if max(seen) < LEAST:
            continue
        part, shape = share(rates.get(term, NEVER), volume, at)
        both = 1 / (1 / shape + 1 / VOLUME_SHAPE)
        for index, window in enumerate(WINDOWS):
            by_hour, by_share = part * usual[index], part * totals[index]
            if seen[index] < LEAST or seen[index] <= 2 * max(by_hour, by_share):
                continue
            p = max(tail(seen[index], by_hour, both), tail(seen[index], by_share, shape))
            if p < limit and (found is None or p < found.p_value):
                found = Alarm(term, window, seen[index], by_hour, p)
    return found
