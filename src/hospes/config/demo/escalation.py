"""The demo's escalations: what happens when nobody answers, a warehouse and a courier with orders, a swarm."""

import random
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.config.demo.company import FIRST, SECOND, Company
from hospes.core.actors import SYSTEM, Actor
from hospes.routing import operations as routing
from hospes.staff import operations as staff
from hospes.staff.models import Skill, Team
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket, WorkOrderTemplate

WAREHOUSE: Final = "Warehouse"
HOURS: Final = timedelta(hours=1)
CHAINS: Final[tuple[tuple[str, dict[str, Any], list[tuple[int, str, int]]], ...]] = (
    (
        "VIP waits",
        {"field": "customer.vip", "is": "yes"},
        [(20 * 60, "tier", 2), (20 * 60, "tier", 3), (10 * 60, "on_call", 1), (10 * 60, "on_call", 2)],
    ),
    (
        "Nobody answers",
        {},
        [(8 * 3600, "tier", 2), (8 * 3600, "tier", 3), (4 * 3600, "on_call", 1), (2 * 3600, "on_call", 2)],
    ),
)
TEMPLATES: Final = (
    ("Look at the stock", "", "", "Please look whether we have it, and in which colour.", 2,
     (("Article", True), ("How many", False))),
    ("Pack it anew", "", "", "The parcel came back. Please pack and send it again.", 8,
     (("Order number", True), ("What was broken", False))),
    ("Where is the parcel?", "desk@courier.example", "Berta Vanaga", "The customer waits. Where is it now, and when "
     "does it arrive?", 24, (("Parcel number", True),)),
    ("Quote for a repair", "workshop@repairs.example", "Juris Ozols", "What would it cost, and how long would it take?",
     48, (("Article", True), ("Fault", True))),
)  # fmt: skip
ANSWERS: Final = ("Three on shelf 7, all white.", "None left. Twelve come on Friday.")


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Chains, templates, and a few open tickets on which all of it can be seen."""
    admin = company.admin()
    for name, conditions, steps in CHAINS:
        chain = [{"after": s, "to": to, "tier" if to == "tier" else "rank": n} for s, to, n in steps]
        routing.save_escalation_policy(name=name, conditions=conditions, steps=chain, actor=admin, now=now)
    store = Team.objects.filter(name=WAREHOUSE).first() or staff.create_team(name=WAREHOUSE, actor=SYSTEM, now=now)
    store = staff.change_team(team=store, back_office=True, actor=SYSTEM, now=now)
    made = [_template(row, store, admin, now) for row in TEMPLATES]
    anna = actor_of(company.agents["anna@demo.example"], via="desk")
    james = actor_of(company.agents["james@demo.example"], via="desk")
    for number, ticket in enumerate(_open_tickets(company, count=5, dice=dice)):
        _orders(company, ticket, made, anna if number % 2 else james, now=now - (number + 1) * HOURS, number=number)
        if number in (1, 3):
            _hand_up(company, ticket, now=now - HOURS, number=number)
        if number == 2:
            _swarm(company, ticket, james, now=now - 2 * HOURS)


def _template(row: tuple[str, str, str, str, int, tuple[tuple[str, bool], ...]], store: Team, admin: Actor,
              now: datetime) -> WorkOrderTemplate:  # fmt: skip
    name, address, person, text, hours, fields = row
    return tickets.save_work_template(
        name=name,
        team=None if address else store,
        address=address,
        contact_name=person,
        text=text,
        due_seconds=hours * 3600,
        fields=[{"label": label, "required": required} for label, required in fields],
        actor=admin,
        now=now,
    )


def _open_tickets(company: Company, *, count: int, dice: random.Random) -> list[Ticket]:
    found = Ticket.objects.filter(active=True, team=company.teams[FIRST], category="open", assignee__isnull=False)
    newest = list(found.exclude(assignee__role="light").order_by("-id")[: count * 4])
    return dice.sample(newest, min(count, len(newest)))


def _orders(
    company: Company, ticket: Ticket, made: list[WorkOrderTemplate], actor: Actor, *, now: datetime, number: int
) -> None:
    order = tickets.open_work_order(
        ticket=ticket,
        template=made[number % 2],
        values={"f1": "Kettle K-2" if number % 2 == 0 else "S-10342", "f2": "2"},
        actor=actor,
        now=now,
    )
    if number in (0, 3):
        text = ANSWERS[number % 2]
        who = actor_of(company.agents["oskars@demo.example"], via="desk")
        tickets.answer_work_order(order=order, text=text, actor=who, now=now + timedelta(minutes=40))


def _hand_up(company: Company, ticket: Ticket, *, now: datetime, number: int) -> None:
    assert ticket.assignee is not None
    routing.escalate(
        ticket=ticket,
        wants="A new lid, or the money back." if number == 1 else "To know why two kettles burnt out in one year.",
        tried="We sent a new seal; it still leaks." if number == 1 else "Descaling, another socket.",
        promised="An answer from somebody who knows the model.",
        promised_until=now + timedelta(hours=20),
        to_team=company.teams[SECOND],
        tell=False,
        actor=actor_of(ticket.assignee, via="desk"),
        now=now,
    )


def _swarm(company: Company, ticket: Ticket, actor: Actor, *, now: datetime) -> None:
    skill = Skill.objects.filter(archived_at=None).order_by("pk").first()
    expert = company.agents["shirin@demo.example"]
    swarm = routing.start_swarm(
        ticket=ticket,
        question="Steam comes out at the handle. Is it the valve?",
        skills=[skill] if skill else [],
        people=[expert],
        actor=actor,
        now=now,
    )
    who = actor_of(expert, via="desk")
    routing.join_swarm(swarm=swarm, actor=who, now=now + timedelta(minutes=3))
    routing.say_in_swarm(
        swarm=swarm,
        text="Looks like the batch of March: the valve sits askew.",
        actor=who,
        now=now + timedelta(minutes=6),
    )
