"""The kettle shop's calls in the browser: a door for free calls, two calls of yesterday with what came of them."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from hospes.calls.operations import base, browser, links
from hospes.config.demo.company import Company
from hospes.core.actors import SYSTEM, Actor
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.queries import visible

# (medium, minutes, what came of it, notes)
CALLS: Final = (
    ("video", 7, "solved", "Showed me the spout: the seal sat the wrong way round. Turned it together, dry now."),
    ("browser", 4, "to_follow", "Wants the copper lid in the old size. I ask the warehouse and write back by Friday."),
)


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Through the operations, as it would have happened."""
    agent = next(a for a in company.agents.values() if a.role == "agent")
    actor = actor_of(agent, via="desk")
    tickets.create_inbox(
        name="Kettle shop on the line", address="calls", kind="browser", actor=company.admin(),
        now=now - timedelta(days=30),
    )  # fmt: skip
    for told, ticket in zip(CALLS, _talks(agent.pk), strict=False):
        began = now - timedelta(hours=dice.randint(2, 20), minutes=dice.randint(0, 59))
        with transaction.atomic():  # no worker may find a call of yesterday whose browsers are silent
            _call(ticket, *told, actor=actor, began=began, odd=dice.randint(0, 59))


def _call(
    ticket: Ticket, medium: str, minutes: int, outcome: str, notes: str, *, actor: Actor, began: datetime, odd: int
) -> None:
    _link, token = links.make_link(ticket=ticket, medium=medium, actor=actor, now=began)
    entered = links.use_link(token=token, now=began + timedelta(minutes=2), consent=True)
    part = browser.answer(call=entered.part.call, actor=actor, now=began + timedelta(minutes=2, seconds=9))
    over = began + timedelta(minutes=2 + minutes, seconds=odd)
    base.leave(part=part, actor=actor, now=over)
    base.note_call(call=entered.part.call, outcome=outcome, notes=notes, actor=actor, now=over)


def _talks(agent_id: int) -> list[Ticket]:
    """Open talks by mail that are theirs."""
    found = visible(SYSTEM).filter(assignee_id=agent_id, active=True, channel="email").select_related("customer")
    return list(found.order_by("-id")[: len(CALLS)])
