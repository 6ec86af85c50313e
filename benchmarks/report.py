"""What a measurement gives, how it is repeated, printed and kept."""

import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Line:
    """One line of the table: our figure, the floor or peer beside it, the ratio, and what is aimed at."""

    name: str
    ours: float
    unit: str
    beside: str = ""
    other: float | None = None
    ratio: float | None = None
    aim: str = ""
    good: bool | None = None
    more: dict[str, float] = field(default_factory=dict)


def rates(*works: Callable[[], object], seconds: float = 1.0, runs: int = 5) -> list[float]:
    """Median rate (calls a second) of each work over `runs`, taken in turn so that drift falls on all alike."""
    for work in works:
        work()
    found: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for index, work in enumerate(works):
            calls, start = 0, time.perf_counter()
            while (spent := time.perf_counter() - start) < seconds:
                work()
                calls += 1
            found[index].append(calls / spent)
    return [statistics.median(values) for values in found]


def times(work: Callable[[int], object], *, runs: int) -> list[float]:
    """Milliseconds of each call, sorted."""
    found = []
    for index in range(runs):
        start = time.perf_counter()
        work(index)
        found.append((time.perf_counter() - start) * 1000)
    return sorted(found)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    return values[min(len(values) - 1, int(len(values) * share))]


def against(name: str, ours: float, other: float, *, beside: str, aim: float, unit: str = "/s") -> Line:
    """A line that compares rates: good when ours is at least `aim` times the other."""
    ratio = ours / other
    return Line(name, ours, unit, beside, other, ratio, f"≥ {aim:.2g} ×", ratio >= aim)


def below(name: str, value: float, limit: float, *, unit: str = "ms", more: dict[str, float] | None = None) -> Line:
    """A line with a ceiling."""
    return Line(name, value, unit, aim=f"≤ {limit:g} {unit}", good=value <= limit, more=more or {})


def show(line: Line) -> None:
    """Print one line at once: benchmarks take a while."""
    beside = f"{line.beside}: {line.other:,.1f}" if line.other is not None else ""
    ratio = f"{line.ratio:6.2f} ×" if line.ratio is not None else " " * 8
    verdict = {True: "good", False: "MISSED", None: ""}[line.good]
    more = " ".join(f"{name} {value:,.1f}" for name, value in line.more.items())
    print(
        f"{line.name:<46} {line.ours:>11,.1f} {line.unit:<4} {beside:<34} {ratio} {line.aim:<10} {verdict} {more}",
        flush=True,
    )


def keep(lines: list[Line], name: str) -> Path:
    """Write the figures with what they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    path.write_text(
        json.dumps({**facts, "lines": [asdict(line) for line in lines]}, indent=2, ensure_ascii=False) + "\n"
    )
    return path
