"""The wait in a queue as a service level: for chats and calls, from the queue to whoever takes it; never for mail."""

from datetime import timedelta

import pytest

from hospes.core.actors import SYSTEM
from hospes.core.text import fold
from hospes.routing.tests.company import is_now, person, queue, work
from hospes.sla import operations as sla
from hospes.sla.models import Clock
from hospes.testing.people import NOON, make_inbox, make_team, receive
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def promise(time_machine):
    """Everybody waits a minute at most; somebody could take it, but is not here yet."""
    time_machine.move_to(NOON, tick=False)
    targets = {"queue_wait": {str(n): {"seconds": 60, "mode": "elapsed"} for n in (1, 2, 3, 4)}}
    sla.save_policy(name="Everybody", conditions={}, targets=targets, actor=SYSTEM, now=NOON)
    team = make_team()
    make_inbox(team=team)
    queue()
    return person("Ivo", team, state="offline")


def waiting(channel):
    """A ticket of a channel that nobody can take."""
    ticket = receive(now=NOON).ticket
    Ticket.objects.filter(pk=ticket.pk).update(channel=channel)
    work()
    return ticket


def test_a_chat_waits_from_the_queue_to_whoever_takes_it(promise, time_machine):
    ticket = waiting("chat")
    clock = Clock.objects.get(ticket=ticket, kind="queue_wait")
    assert clock.due_at == NOON + timedelta(seconds=60)
    time_machine.move_to(NOON + timedelta(seconds=20), tick=False)
    is_now(promise, "online")
    from hospes.routing import operations

    operations.nudge_agents([promise.pk], now=NOON + timedelta(seconds=20))
    work(NOON + timedelta(seconds=20))
    clock.refresh_from_db()
    assert fold(clock.state) == "met"


def test_mail_does_not_wait_in_a_queue(promise):
    ticket = waiting("email")
    assert not Clock.objects.filter(ticket=ticket, kind="queue_wait").exists()
