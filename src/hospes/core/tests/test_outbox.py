"""The outbox: every event reaches each of its subscribers, whatever the others do."""

import itertools
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import DatabaseError, connection, transaction

from hospes.core import events, outbox
from hospes.core.actors import SYSTEM
from hospes.core.events import Event, Happened, emit
from hospes.core.models import EventDelivery, EventRow

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRang(Event):
    subject: ClassVar[str] = "bell"
    subject_id_field: ClassVar[str] = "bell_id"

    bell_id: int
    tone: str = ""


@pytest.fixture
def listeners(monkeypatch):
    """The bell's listeners, by name; gone after the test."""
    heard: dict[str, events.Handler] = {}
    monkeypatch.setitem(events.SUBSCRIBERS, BellRang.name(), heard)
    return heard


def ring(*bells: int) -> None:
    emit(*(BellRang(bell_id=bell) for bell in bells), actor=SYSTEM, now=NOON)


@pytest.mark.django_db
def test_a_subscriber_hears_what_happened_when_and_by_whom(listeners):
    heard: list[Happened] = []
    listeners["a"] = heard.append
    ring(7)
    assert outbox.drain(now=NOON) == 1
    [happened] = heard
    assert happened.event == BellRang(bell_id=7)
    assert (happened.at, happened.actor.kind) == (NOON, "system")
    assert not EventDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_who_decides_is_heard_first_of_everything_that_waits_and_is_not_held_up_by_the_rest(listeners, monkeypatch):
    heard = []

    def late(happened):
        heard.append(("late", happened.event.bell_id, _waiting_elsewhere()))

    listeners["late"] = late
    listeners["first"] = lambda happened: heard.append(("first", happened.event.bell_id))
    monkeypatch.setattr(outbox, "FIRST", {"first"})
    ring(*range(30))
    assert outbox.drain(now=NOON) == 60
    assert [who for who, *_ in heard] == ["first"] * 30 + ["late"] * 30
    # Seen from another connection: what came first was committed when the others began.
    assert heard[30] == ("late", 0, 30)


def _waiting_elsewhere():
    found = []

    def look():
        found.append(EventDelivery.objects.count())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db
def test_nothing_is_delivered_of_what_was_rolled_back(listeners):
    listeners["a"] = lambda _: None
    with transaction.atomic():
        ring(1)
        transaction.set_rollback(True)
    assert not EventRow.objects.exists()
    assert outbox.drain(now=NOON) == 0


@pytest.mark.django_db
def test_one_that_fails_neither_harms_the_others_nor_leaves_half_its_work(listeners):
    heard = []

    def broken(_happened):
        EventRow.objects.create(name="HalfDone", at=NOON, actor_kind="system")
        raise ValueError("out of \x00 order")

    listeners["a"], listeners["b"] = broken, heard.append
    ring(1, 2)
    assert outbox.drain(now=NOON) == 4
    assert len(heard) == 2
    assert not EventRow.objects.filter(name="HalfDone").exists()
    assert set(EventDelivery.objects.values_list("subscriber", "attempts")) == {("a", 1)}
    assert "ValueError" in EventDelivery.objects.first().error


@pytest.mark.django_db
def test_a_subscriber_that_breaks_the_transaction_harms_nobody(listeners):
    heard = []

    def breaks(_happened):
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT no such thing")
        EventRow.objects.count()  # the savepoint is spoilt: this raises

    listeners["a"], listeners["b"] = breaks, heard.append
    ring(1)
    outbox.drain(now=NOON)
    assert len(heard) == 1
    assert EventDelivery.objects.get().attempts == 1


@pytest.mark.django_db
def test_it_tries_again_later_and_later_and_gives_up_visibly(listeners):
    listeners["a"] = lambda _: 1 / 0
    ring(1)
    now = NOON
    pauses = []
    for _attempt in range(outbox.MAX_ATTEMPTS):
        assert outbox.drain(now=now) == 1
        assert outbox.drain(now=now) == 0
        later = EventDelivery.objects.get().next_try_at
        pauses.append(later - now)
        now = later
    assert all(a < b for a, b in itertools.pairwise(pauses[:9]))
    assert sum(pauses, timedelta()) > timedelta(hours=8)
    [left] = outbox.given_up()
    assert "ZeroDivisionError" in left.error
    assert outbox.drain(now=now + timedelta(days=9)) == 0


@pytest.mark.django_db
def test_a_given_up_delivery_can_be_taken_up_again(listeners):
    listeners["a"] = lambda _: 1 / 0
    ring(1)
    EventDelivery.objects.update(attempts=99, given_up_at=NOON)
    heard = []
    listeners["a"] = heard.append
    outbox.try_again(delivery_id=EventDelivery.objects.get().pk, now=NOON)
    outbox.drain(now=NOON)
    assert len(heard) == 1


@pytest.mark.django_db
def test_an_event_of_another_version_harms_nobody(listeners):
    heard = []
    listeners["a"] = heard.append
    ring(1, 2)
    EventRow.objects.filter(subject_id=1).update(data={"tone": "low"})  # a field that is needed is not there
    outbox.drain(now=NOON)
    assert [h.event.bell_id for h in heard] == [2]
    EventRow.objects.filter(subject_id=1).update(name="BellMelted")
    EventDelivery.objects.update(next_try_at=NOON)
    outbox.drain(now=NOON)
    assert not EventDelivery.objects.exists()


@pytest.mark.django_db
def test_a_listener_that_was_removed_is_waited_for_by_nobody(listeners):
    listeners["a"] = lambda _: None
    ring(1)
    listeners.clear()
    outbox.drain(now=NOON)
    assert not EventDelivery.objects.exists()


@pytest.mark.django_db
def test_deliveries_come_in_the_order_of_their_time(listeners):
    heard = []
    listeners["a"] = heard.append
    emit(BellRang(bell_id=1, tone="late"), actor=SYSTEM, now=NOON + timedelta(seconds=9))
    emit(BellRang(bell_id=1, tone="early"), actor=SYSTEM, now=NOON)
    for _each in range(2):
        outbox.drain(now=NOON + timedelta(minutes=1), limit=1)
    assert [h.event.tone for h in heard] == ["early", "late"]


@pytest.mark.django_db(transaction=True)
def test_several_workers_never_deliver_the_same_twice(listeners):
    heard: list[int] = []
    both = threading.Barrier(4)
    listeners["a"] = lambda happened: heard.append(happened.event.bell_id)
    ring(*range(200))

    def work():
        both.wait(10)
        while outbox.drain(now=NOON):
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(heard) == list(range(200))
    assert not EventDelivery.objects.exists()


def test_backing_off_never_fails_however_often():
    assert outbox.backoff(10_000) <= timedelta(hours=8)
    assert outbox.backoff(0) >= timedelta(seconds=1)


def test_two_events_of_one_name_are_refused():
    with pytest.raises(TypeError, match="BellRang"):
        type("BellRang", (Event,), {"__module__": "elsewhere"})


def test_every_declared_event_can_be_written_and_read_back():
    for name, kind in events.known_events().items():
        assert kind.name() == name
        assert not kind.subject_id_field or kind.subject_id_field in kind.__dataclass_fields__
