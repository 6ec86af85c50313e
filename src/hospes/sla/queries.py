"""Every read of service levels: the policies in force, a ticket's clocks, what is due next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Max, QuerySet

from hospes.core.conditions import used_fields
from hospes.core.errors import NotFound
from hospes.core.facts import About, LazyFacts
from hospes.sla.calculator import Calendar as Hours
from hospes.sla.calculator import ClockTime, Pause, Segment
from hospes.sla.models import Application, Calendar, CalendarVersion, Clock, Following, Policy, PolicyVersion
from hospes.sla.policies import Terms, calendar_of, first_fitting
from hospes.tickets.models import Ticket


def calendars() -> QuerySet[Calendar]:
    """Calendars in use, by name."""
    return Calendar.objects.filter(archived_at=None)


def get_calendar(calendar_id: int) -> Calendar:
    """One calendar. Raises NotFound."""
    found = Calendar.objects.filter(pk=calendar_id).first()
    if found is None:
        raise NotFound
    return found


def policies() -> QuerySet[Policy]:
    """Policies in use, in their order."""
    return Policy.objects.filter(archived_at=None).select_related("calendar")


def get_policy(policy_id: int) -> Policy:
    """One policy. Raises NotFound."""
    found = Policy.objects.filter(pk=policy_id).select_related("calendar").first()
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=2000)
def hours(calendar_version_id: int) -> Hours:
    """A version of a calendar as a value. Versions never change, so a process reads each once."""
    return calendar_of(CalendarVersion.objects.get(pk=calendar_version_id).data)


@lru_cache(maxsize=5000)
def terms(policy_version_id: int) -> Terms:
    """A version of a policy as a value, read once a process."""
    return _terms(PolicyVersion.objects.get(pk=policy_version_id))


def _terms(version: PolicyVersion) -> Terms:
    data = version.data
    return Terms(
        version_id=version.pk,
        policy_id=version.policy_id,
        name=data["name"],
        position=data["position"],
        conditions=data["conditions"],
        calendar_id=data["calendar"],
        targets=data["targets"],
        pause_waiting=data["pause_waiting"],
        pause_on_hold=data["pause_on_hold"],
        pause_answers=data["pause_answers"],
        warn_percent=data["warn_percent"],
        uses=used_fields(data["conditions"]),
    )


def book_number() -> int:
    """The number of the newest version of any policy; it changes with every change of the list."""
    return PolicyVersion.objects.aggregate(newest=Max("id"))["newest"] or 0


def book(number: int | None = None) -> tuple[Terms, ...]:
    """The policies in force, in order; read again only when one changed."""
    return _book(book_number() if number is None else number)


@lru_cache(maxsize=4)
def _book(number: int) -> tuple[Terms, ...]:
    if not number:
        return ()
    newest = PolicyVersion.objects.filter(policy__archived_at=None).order_by("policy_id", "-version")
    found = [_terms(version) for version in newest.distinct("policy_id")]
    return tuple(sorted(found, key=lambda p: (p.position, p.policy_id)))


def current_version(calendar_id: int | None) -> int | None:
    """The version of a calendar that new clocks count by."""
    if calendar_id is None:
        return None
    found = CalendarVersion.objects.filter(calendar_id=calendar_id).order_by("-version").values_list("pk", flat=True)
    return found.first()


def usual_calendar() -> Hours | None:
    """The calendar that counts where no policy names one: the oldest in use."""
    first = Calendar.objects.filter(archived_at=None).order_by("id").values_list("pk", flat=True).first()
    version = current_version(first)
    return hours(version) if version else None


def hours_for(ticket_id: int) -> Hours | None:
    """The hours of a ticket's policy, or the usual ones."""
    kept = Following.objects.filter(ticket_id=ticket_id).values_list("calendar_version_id", flat=True).first()
    return hours(kept) if kept else usual_calendar()


def fitting(ticket: Ticket, policies: Sequence[Terms]) -> Terms | None:
    """The terms that hold for a ticket. Facts about time are asked as of its opening, so that the hour at which
    somebody changes a tag brings nobody under other terms."""
    about = About(now=ticket.created_at, ticket=ticket)
    return first_fitting(policies, LazyFacts(about), now=ticket.created_at)


def time_of(clock: Clock) -> ClockTime:
    """What a clock has to count, as a value."""
    moment = datetime.fromisoformat
    return ClockTime(
        tuple(
            Segment(moment(s["since"]), timedelta(seconds=s["target"]), hours(s["calendar"]) if s["calendar"] else None)
            for s in clock.segments
        ),
        tuple(Pause(moment(p["start"]), moment(p["end"]) if p["end"] else None) for p in clock.pauses),
    )


def clocks_of(ticket: Ticket) -> QuerySet[Clock]:
    """All clocks of a ticket, in the order in which they were started."""
    return Clock.objects.filter(ticket=ticket).select_related("policy_version")


def clocks_with_history(ticket: Ticket, *, limit: int = 20) -> list[Clock]:
    """A ticket's newest clocks, oldest first, each with its changes: two queries."""
    found = clocks_of(ticket).prefetch_related("changes").order_by("-id")[:limit]
    return list(found)[::-1]


def following_of(ticket: Ticket) -> Following | None:
    """The terms that a ticket is under."""
    return Following.objects.filter(ticket=ticket).select_related("policy_version__policy").first()


def left(clock: Clock, now: datetime) -> timedelta:
    """How much of its own time a clock has left; negative when it is over."""
    return timedelta(seconds=clock.segments[-1]["target"]) - time_of(clock).used(now)


def applications(*, limit: int = 5) -> list[Application]:
    """Edits being applied, and the last ones that were."""
    return list(Application.objects.all()[:limit])


@dataclass(frozen=True, slots=True)
class Day:
    """A date of a calendar as it is drawn."""

    on: date
    windows: tuple[tuple[int, int], ...]
    holiday: str
    own: bool


def days_of(calendar: Hours, first: date, last: date) -> list[Day]:
    """The dates of a stretch with what is open and why."""
    found = []
    on = first
    while on <= last:
        found.append(Day(on, calendar.open_on(on), calendar.holiday(on), on in calendar.days))
        on += timedelta(days=1)
    return found


def data_of(calendar: Calendar) -> dict[str, Any]:
    """A calendar's set-up in the form that its versions keep."""
    names = ("name", "time_zone", "windows", "country", "subdivision", "days")
    return {name: getattr(calendar, name) for name in names}
