"""Many routers at once on real connections: each ticket once, nobody beyond their capacity, turns fair."""

import threading
from collections import Counter

import pytest
from django.db import connections

from hospes.core import clock
from hospes.core.models import EventDelivery
from hospes.routing import operations
from hospes.routing.models import AgentLoad, AssignmentRecord, Nudge, RoutingEntry
from hospes.routing.tests.company import person, queue
from hospes.staff.models import Agent
from hospes.testing.people import make_team, receive
from hospes.tickets.models import Ticket

ROUTERS = 8


def route_together(tickets: int) -> list[str]:
    """Eight routers empty one line of nudges; returns what went wrong in any of them."""
    now = clock.now()
    operations.nudge_tickets(Ticket.objects.values_list("pk", flat=True), now=now)
    operations.nudge_tickets(Ticket.objects.values_list("pk", flat=True), now=now)  # each twice, as it happens
    faults: list[str] = []
    start = threading.Barrier(ROUTERS)

    def router() -> None:
        try:
            start.wait()
            while operations.work_through(now=now):
                pass
        except Exception as error:  # whatever it is, the test must hear of it
            faults.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=router) for _n in range(ROUTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults + list(Nudge.objects.exclude(error="").values_list("error", flat=True))


def fill(tickets: int) -> None:
    """Tickets as they stand when a worker begins: cheap copies of one."""
    first = receive().ticket
    EventDelivery.objects.all().delete()
    rows = []
    for number in range(1, tickets):
        copy = Ticket.objects.get(pk=first.pk)
        copy.pk, copy.number = None, f"Q{number:06d}"
        rows.append(copy)
    Ticket.objects.bulk_create(rows, batch_size=500)


def check(tickets: int, agents: int) -> None:
    given = Counter(Ticket.objects.exclude(assignee=None).values_list("assignee_id", flat=True))
    once = Counter(AssignmentRecord.objects.values_list("ticket_id", flat=True))
    assert max(once.values()) == 1
    assert sum(given.values()) == len(once) == RoutingEntry.objects.filter(state="assigned").count()
    for load in AgentLoad.objects.all():
        assert load.units == 10 * given[load.agent_id] == 10 * load.channels["email"]
        assert load.units <= Agent.objects.get(pk=load.agent_id).capacity
    assert max(given.values()) - min(given.values()) <= 1


@pytest.mark.django_db(transaction=True)
def test_eight_routers_give_each_ticket_once_and_nobody_too_much():
    team = make_team()
    for number in range(6):
        person(f"Agent{number}", team, capacity=400)
    queue(team=team, strategy="round_robin")
    fill(300)
    assert not route_together(300)
    check(300, 6)
    # 6 agents have room for 40 each: 240 are given, 60 wait.
    assert Ticket.objects.exclude(assignee=None).count() == 240
    assert RoutingEntry.objects.filter(state="waiting").count() == 60


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(900)
def test_eight_routers_and_five_thousand_tickets():
    team = make_team()
    for number in range(20):
        person(f"Agent{number}", team, capacity=32_000)
    queue(team=team, strategy="round_robin")
    fill(5000)
    assert not route_together(5000)
    check(5000, 20)
    assert Ticket.objects.exclude(assignee=None).count() == 5000
