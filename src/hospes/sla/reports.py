"""What became of promises: kept and broken by kind, agent and team, and clocks that were stopped for show."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet

from hospes.sla import queries
from hospes.sla.calculator import ClockTime
from hospes.sla.models import Clock, Kind
from hospes.tickets.queries import followed

Z95: Final = 1.959964
FEW: Final = 5
LONG_PAUSE: Final = timedelta(hours=4)
SHORTLY: Final = timedelta(minutes=15)
LOOKED_AT: Final = 20_000


def wilson(good: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score interval)."""
    if n == 0:
        return 0.0, 1.0
    share, square = good / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Kept:
    """Promises of one kind (or of one agent or team): how many were due, how many of them were kept."""

    key: Any
    n: int
    kept: int

    @property
    def share(self) -> float:
        """The share that was kept."""
        return self.kept / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies, at 95 %."""
        return wilson(self.kept, self.n)

    @property
    def few(self) -> bool:
        """Too few to say anything."""
        return self.n < FEW


def _due(since: datetime, until: datetime, teams: Collection[int] | None) -> QuerySet[Clock]:
    """Promises that were met or broken in a period, closed-open; not those of spam and of tickets merged away, nor
    those met after they were broken in an earlier period."""
    met = Q(met_at__gte=since, met_at__lt=until, breached_at=None)
    broken = Q(breached_at__gte=since, breached_at__lt=until)
    found = Clock.objects.filter(met | broken).exclude(ended_reason__in=["spam", "merged"])
    return found if teams is None else found.filter(team_id__in=teams)


def kept_by(
    column: str, *, since: datetime, until: datetime, kind: str = "", teams: Collection[int] | None = None
) -> list[Kept]:
    """Promises kept by "kind", "agent__name" or "team__name"; only of some teams when these are given."""
    found = _due(since, until, teams)
    if kind:
        found = found.filter(kind=kind)
    rows = found.order_by().values_list(column).annotate(n=Count("id"), kept=Count("id", filter=Q(breached_at=None)))
    return [Kept(*row) for row in rows.order_by(F("n").desc(), column)]


def kept_by_kind(*, since: datetime, until: datetime, teams: Collection[int] | None = None) -> list[Kept]:
    """Promises kept by what was promised, in their usual order."""
    found = {row.key: row for row in kept_by("kind", since=since, until=until, teams=teams)}
    return [found[kind] for kind in Kind.values if kind in found]


@dataclass(slots=True)
class Suspicion:
    """A ticket whose clock was stopped in a way that is worth a look, and why."""

    ticket_id: int
    number: str
    subject: str
    agent_id: int | None
    agent: str
    team: str
    length: timedelta
    reasons: list[str] = field(default_factory=list)
    pauses: int = 0


def suspicions(
    *, since: datetime, until: datetime, teams: Collection[int] | None = None, limit: int = 200
) -> list[Suspicion]:
    """Clocks that look as if they were stopped for show: long or repeated waits for the customer whom nobody asked
    anything, and states changed shortly before something was due. A reason to look, not a verdict."""
    found_clocks = (
        Clock.objects.filter(kind=Kind.RESOLUTION, started_at__lt=until)
        .filter(Q(met_at=None) | Q(met_at__gte=since))
        .exclude(pauses=[])
        .exclude(state=Clock.State.ENDED)
        .select_related("ticket__assignee", "ticket__team")
    )
    if teams is not None:
        found_clocks = found_clocks.filter(ticket__team_id__in=teams)
    clocks = found_clocks.order_by("-id")[:LOOKED_AT]
    looked = [(clock, found) for clock in clocks if (found := _pauses(clock, since, until))]
    questions = followed.asked({clock.ticket_id for clock, _found in looked})
    named = [_suspicion(clock, found, questions.get(clock.ticket_id, [])) for clock, found in looked]
    worth = [one for one in named if one.reasons]
    return sorted(worth, key=lambda one: (-len(one.reasons), -one.length))[:limit]


def _pauses(clock: Clock, since: datetime, until: datetime) -> list[tuple[int, datetime, datetime, dict[str, Any]]]:
    """The stops within a period that somebody chose: (number, from, to, as kept)."""
    found = []
    for number, pause in enumerate(clock.pauses):
        start = datetime.fromisoformat(pause["start"])
        end = datetime.fromisoformat(pause["end"]) if pause["end"] else until
        if pause["reason"] != "solved" and start < until and end > since:
            found.append((number, start, max(start, end), pause))
    return found


def _suspicion(
    clock: Clock,
    pauses: list[tuple[int, datetime, datetime, dict[str, Any]]],
    said: list[tuple[datetime, bool]],
) -> Suspicion:
    ticket = clock.ticket
    found = Suspicion(
        ticket_id=ticket.pk,
        number=ticket.number,
        subject=ticket.subject,
        agent_id=next((p["by"] for *_rest, p in pauses if p.get("by")), None) or ticket.assignee_id,
        agent=ticket.assignee.name if ticket.assignee else "",
        team=ticket.team.name if ticket.team else "",
        length=sum((end - start for _n, start, end, _p in pauses), timedelta()),
        pauses=len(pauses),
    )
    unasked = [p for p in pauses if p[3]["reason"] == "waiting" and not _was_asked(p[1], clock.pauses[: p[0]], said)]
    if any(end - start >= LONG_PAUSE for _n, start, end, _p in unasked):
        found.reasons.append("long")
    if len(unasked) > 1:
        found.reasons.append("repeated")
    if any(_just_in_time(clock, number, start) for number, start, _end, _p in pauses):
        found.reasons.append("last-minute")
    return found


def _was_asked(start: datetime, before: list[dict[str, Any]], said: list[tuple[datetime, bool]]) -> bool:
    """Whether a question went to the customer since the clock last ran on, up to just after it was stopped."""
    ends = [datetime.fromisoformat(p["end"]) for p in before if p["end"]]
    since = max(ends) if ends else None
    return any(q and (since is None or at >= since) and at <= start + SHORTLY for at, q in said)


def _just_in_time(clock: Clock, number: int, start: datetime) -> bool:
    """Whether it was stopped in the last quarter of an hour before it was due as things stood."""
    time = queries.time_of(clock)
    segments = tuple(s for s in time.segments if s.since <= start) or time.segments[:1]
    due = ClockTime(segments, time.pauses[:number]).due().at
    return due is not None and timedelta() <= due - start <= SHORTLY


def agents_named(rows: list[Suspicion]) -> dict[int, str]:
    """The names of those who stopped clocks."""
    from hospes.staff import queries as staff

    wanted = {row.agent_id for row in rows if row.agent_id}
    return {a.pk: a.name for a in staff.agents().prefetch_related(None).filter(pk__in=wanted)} if wanted else {}
