"""Row 28: workers that ring at once, a worker that was down, a machine whose clock runs ahead."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.sla import drains
from hospes.sla import operations as sla
from hospes.sla.models import Clock
from hospes.testing.people import NOON, receive, settle

TARGETS = {"first_response": {p: {"seconds": 3600, "mode": "elapsed"} for p in "1234"}}


def at_once(work, *, workers):
    """Run the same work in several threads that begin together; returns what each gave."""
    ready, given, failed = threading.Barrier(workers), [], []

    def run():
        try:
            ready.wait()
            given.append(work())
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    return given


@pytest.mark.django_db(transaction=True)
def test_row_28_each_breach_is_said_once_however_many_workers_ring():
    sla.save_policy(name="All", targets=TARGETS, actor=SYSTEM, now=NOON)
    tickets = [receive(sender=f"c{n}@customer.example", subject=f"Matter {n}").ticket for n in range(12)]
    settle()
    day_later = NOON + timedelta(days=1)
    at_once(lambda: [sla.ring(now=day_later) for _n in range(4)], workers=4)
    sla.ring(now=day_later)
    said = EventRow.objects.filter(name="ClockBreached")
    assert sorted(said.values_list("subject_id", flat=True)) == sorted(t.pk for t in tickets)
    assert not EventRow.objects.filter(name="ClockWarned").exists()
    assert not Clock.objects.filter(next_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_row_28_one_ticket_s_news_heard_by_several_workers_starts_one_clock():
    sla.save_policy(name="All", targets=TARGETS, actor=SYSTEM, now=NOON)
    ticket = receive().ticket
    at_once(lambda: sla.follow(ticket_id=ticket.pk, now=NOON), workers=4)
    assert Clock.objects.filter(ticket=ticket).count() == 1
    assert EventRow.objects.filter(name="ClockStarted").count() == 1


@pytest.mark.django_db
def test_row_28_a_machine_whose_clock_runs_ahead_calls_nobody_late(monkeypatch):
    now = drains.agreed_now()
    monkeypatch.setattr("hospes.core.clock.now", lambda: now + timedelta(days=3))
    assert abs(drains.agreed_now() - now) < timedelta(minutes=1)
    monkeypatch.setattr("hospes.core.clock.now", lambda: now - timedelta(days=3))
    assert drains.agreed_now() == now - timedelta(days=3)
