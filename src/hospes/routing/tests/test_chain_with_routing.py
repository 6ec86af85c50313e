"""Routing and escalation together: what the chain hands up, routing brings to somebody there, and nowhere else."""

from datetime import timedelta

import pytest

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.routing import operations
from hospes.routing.models import EscalationRun
from hospes.routing.tests.company import person, queue, work
from hospes.staff import operations as staff
from hospes.staff.models import OnCall
from hospes.testing.people import desk_actor, make_agent, make_inbox, receive
from hospes.tickets.models import Ticket

pytestmark = pytest.mark.django_db


def test_what_nobody_answers_goes_from_person_to_person_up_to_the_manager_and_stays_there() -> None:
    now = clock.now()
    teams = [
        staff.create_team(name=name, tier=tier, actor=SYSTEM, now=now)
        for name, tier in (("First line", 1), ("Specialists", 2), ("Systems", 3))
    ]
    make_inbox(team=teams[0])
    for name, team in zip(("Ivo", "Anna", "Bek"), teams, strict=True):
        person(name, team)
    boss = make_agent("Maija", role="manager")
    OnCall.objects.create(agent=boss, starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=1))
    queue()
    operations.save_escalation_policy(
        name="Nobody answers",
        steps=[
            {"after": 1, "to": "tier", "tier": 2},
            {"after": 1, "to": "tier", "tier": 3},
            {"after": 1, "to": "on_call", "rank": 1},
        ],
        actor=desk_actor(boss),
        now=now,
    )
    ticket = receive(now=now).ticket
    work()
    owners = [owner(ticket)]
    for _step in range(3):
        EscalationRun.objects.filter(running=True).update(next_at=clock.now())
        operations.take_steps(now=clock.now())
        work()
        owners.append(owner(ticket))
    assert owners == ["Ivo in First line", "Anna in Specialists", "Bek in Systems", "Maija in Systems"]
    found = Ticket.objects.get()
    assert (found.responsible and found.responsible.name, found.tier) == ("Ivo", 3)
    told = EventRow.objects.filter(name="TicketEscalated", subject_id=ticket.pk)
    assert [row.data["step"] for row in told.order_by("id")] == [1, 2, 3]
    assert set(told.values_list("cause_id", flat=True)) == {EventRow.objects.get(name="MessageReceived").pk}


def owner(ticket: Ticket) -> str:
    found = Ticket.objects.select_related("assignee", "team").get(pk=ticket.pk)
    return f"{found.assignee} in {found.team}"
