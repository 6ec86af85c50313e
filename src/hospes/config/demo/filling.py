"""`hospes demo`: everything in its order, once."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from django.db import connection, transaction
from tqdm import tqdm

from hospes.config.demo import (
    automation,
    calls,
    channels,
    chat,
    contact_page,
    escalation,
    guidance,
    history,
    incidents,
    living,
    people,
    phones,
    routing,
    service_levels,
    social,
    staffing,
    text_messages,
    workflows,
)
from hospes.config.demo import company as company_room
from hospes.config.folder import Refused
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.events import Event, emit
from hospes.core.models import EventRow
from hospes.customers.models import Company, ContactPoint, Customer
from hospes.staff.models import Agent

LOCK: Final = 0x5A30_7A8


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFounded(Event):
    """The mark that the people who work here are the demo's."""

    live: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoFilled(Event):
    """The mark that the demo company is whole."""

    live: ClassVar[bool] = False

    tickets: int
    customers: int


class Progress:
    """A bar on a terminal, a line a stage elsewhere, nothing at all when unwanted."""

    def __init__(self, total: int, *, wanted: bool) -> None:
        self.wanted = wanted
        self.bar: Any = tqdm(total=total, unit=" tickets") if wanted and sys.stderr.isatty() else None

    def stage(self, words: str) -> None:
        """Say what is being done now."""
        if self.bar is not None:
            self.bar.set_description(words)
        elif self.wanted:
            print(f"Demo: {words}", flush=True)

    def tick(self, _what: str) -> None:
        """One more ticket."""
        if self.bar is not None:
            self.bar.update()

    def done(self) -> None:
        """Leave the terminal tidy."""
        if self.bar is not None:
            self.bar.close()


def fill(*, progress: bool, tickets: int, customers: int, days: int, now: datetime | None, seed: int) -> bool:
    """See hospes.config.demo.fill. The company comes first, so that people can sign in; then all it has been through.
    Whoever is interrupted in between goes on there the next time."""
    if _is_there(DemoFilled):
        return False
    now = now or clock.now()
    shown = Progress(tickets, wanted=progress)
    shown.stage("company")
    with _alone():
        if not _is_there(DemoFounded):
            _refuse_a_real_company()
            company_room.set_up(founded=now - timedelta(days=days + 30))
            emit(DemoFounded(), actor=SYSTEM, now=now)
    try:
        with _alone():
            if _is_there(DemoFilled):
                return False
            _fill(shown, tickets, customers, days, now, random.Random(seed))  # noqa: S311 - a play
    finally:
        shown.done()
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """One transaction, at which no other process is."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


def _is_there(mark: type[Event]) -> bool:
    return EventRow.objects.filter(name=mark.name()).exists()


def _refuse_a_real_company() -> None:
    """The demo's password is known to everybody, so it must never come into a company that works."""
    if Agent.objects.exists():
        raise Refused("Somebody works here already; the demo only fills an empty installation.")


def _fill(shown: Progress, tickets: int, customers: int, days: int, now: datetime, dice: random.Random) -> None:
    start = now - timedelta(days=days)
    shown.stage("people")
    firm = company_room.load()
    companies = Company.objects.bulk_create(people.invent_companies(since=start))
    crowd = people.invent(dice, customers, since=start, companies=companies)
    spammers = people.invent_spammers(since=start)
    everybody = [*crowd, *spammers]
    Customer.objects.bulk_create([person.row for person in everybody], batch_size=500)
    ContactPoint.objects.bulk_create(people.contact_points(everybody), batch_size=500)
    shown.stage("talks")
    stories = history.write(firm, crowd, spammers, count=tickets, days=days, now=now, dice=dice, tick=shown.tick)
    shown.stage("today")
    living.enliven(firm, stories, now=now, dice=dice)
    staffing.fill(firm, now=now, dice=dice)
    routing.fill(firm, now=now, dice=dice)
    service_levels.fill(firm, now=now, dice=dice)
    escalation.fill(firm, now=now, dice=dice)
    guidance.fill(firm, now=now, dice=dice)
    incidents.fill(firm, now=now, dice=dice)
    automation.fill(firm, now=now, dice=dice)
    workflows.fill(firm, now=now, dice=dice)
    chat.fill(firm, now=now, dice=dice)
    social.fill(firm, now=now, dice=dice)
    channels.fill(firm, now=now, dice=dice)
    calls.fill(firm, now=now, dice=dice)
    phones.fill(firm, now=now, dice=dice)
    text_messages.fill(firm, now=now, dice=dice)
    contact_page.fill(firm, now=now, dice=dice)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # so much came at once that nothing is known of it yet
    emit(DemoFilled(tickets=len(stories), customers=len(crowd)), actor=SYSTEM, now=now)
