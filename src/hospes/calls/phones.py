"""Reads about voice inboxes: which one calls, how it answers, its hours, its free slots for call-backs."""

from datetime import datetime, timedelta

from hospes.calls import numbers, slots
from hospes.calls.models import Callback, PhoneSetup
from hospes.sla import queries as sla
from hospes.sla.calculator import Calendar, is_open
from hospes.staff.models import Agent, Shift
from hospes.tickets.models import Inbox, Ticket


def phone_inboxes() -> list[Inbox]:
    """Every voice inbox in use."""
    return list(Inbox.objects.filter(kind="voice", archived_at=None).order_by("id"))


def phone_inbox(ticket: Ticket | None = None) -> Inbox | None:
    """The inbox that calls for a ticket: its own when it is one for calls, else the first."""
    if ticket is not None and ticket.inbox.kind == "voice" and ticket.inbox.archived_at is None:
        return ticket.inbox
    return Inbox.objects.filter(kind="voice", archived_at=None).order_by("id").first()


def browser_inbox(near: Inbox | None = None) -> Inbox | None:
    """Where free calls from the browser come in: `near` itself, one of its team, else the first."""
    taking = list(Inbox.objects.filter(kind="browser", archived_at=None).order_by("id"))
    if near is None:
        return next(iter(taking), None)
    own = next((inbox for inbox in taking if inbox.pk == near.pk), None)
    return own or next((inbox for inbox in taking if inbox.team_id == near.team_id), None) or next(iter(taking), None)


def setup_of(inbox: Inbox) -> PhoneSetup:
    """How an inbox answers; the usual way (straight to a person, always open) while nobody chose."""
    return PhoneSetup.objects.select_related("calendar").filter(pk=inbox.pk).first() or PhoneSetup(inbox=inbox)


def hours_of(inbox: Inbox) -> tuple[PhoneSetup, Calendar | None]:
    """An inbox's setup and its hours (None: always open)."""
    setup = setup_of(inbox)
    version = sla.current_version(setup.calendar_id)
    return setup, sla.hours(version) if version else None


def open_now(inbox: Inbox, *, now: datetime) -> bool:
    """Whether somebody answers now."""
    calendar = hours_of(inbox)[1]
    return calendar is None or is_open(calendar, now)


def countries_of(inbox: Inbox) -> frozenset[str]:
    """The countries that may be called from an inbox: those on its list, else only its own."""
    chosen = setup_of(inbox).countries
    own = numbers.region_of(inbox.address)
    return frozenset(chosen) or frozenset({own} if own else ())


def everybody_with_a_phone() -> int:
    """How many of ours answer customers and can be rung."""
    return Agent.objects.filter(is_active=True).exclude(phone="").exclude(role="light").count()


def free_slots(inbox: Inbox, *, now: datetime) -> list[slots.Slot]:
    """The times in the coming days at which a customer can be called back: open hours with somebody of ours there.
    Where nobody plans shifts, everybody who can be rung counts."""
    calendar = hours_of(inbox)[1]
    waiting = Callback.objects.filter(
        state=Callback.State.WAITING, wanted_from__gte=now - slots.LENGTH, wanted_from__lt=now + slots.AHEAD
    )
    booked = list(waiting.values_list("wanted_from", flat=True))
    if Shift.objects.filter(ends_at__gt=now - timedelta(days=14)).exists():
        shifts = list(
            Shift.objects.filter(ends_at__gt=now, starts_at__lt=now + slots.AHEAD, agent__is_active=True)
            .exclude(agent__phone="")
            .values_list("agent_id", "starts_at", "ends_at")
        )

        def people(start: datetime, end: datetime) -> int:
            return len({agent for agent, since, until in shifts if since <= start and until >= end})
    else:
        everybody = everybody_with_a_phone()

        def people(start: datetime, end: datetime) -> int:
            return everybody

    return slots.slots(calendar, now=now, people=people, booked=booked)


def slot_at(inbox: Inbox, starts_at: datetime, *, now: datetime) -> slots.Slot | None:
    """The free slot that begins at this moment."""
    return next((s for s in free_slots(inbox, now=now) if s.starts_at == starts_at), None)
