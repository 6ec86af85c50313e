"""The kettle shop's phone: a number with a short menu, a call that was answered, one that was missed, call-backs."""

import random
from datetime import datetime, timedelta
from typing import Final

from hospes.calls import operations
from hospes.calls.operations.callbacks import request_callback
from hospes.calls.operations.phone_setup import save_phone_setup
from hospes.config.demo.company import Company
from hospes.core.actors import SYSTEM
from hospes.tickets.models import Inbox, Ticket

NUMBER: Final = "+37167000123"
CALLERS: Final = ("+37120000017", "+37120000023", "+37126000031", "+37129000047")


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Everything through operations; nobody is rung, for what is due lies ahead."""
    inbox = Inbox.objects.create(name="Kettle line", kind="voice", address=NUMBER, created_at=now - timedelta(days=60))
    team = next(iter(company.teams.values()))
    menu = {
        "1": {"label": {"en": "orders and delivery", "lv": "pasūtījumiem un piegādi"}, "do": "team", "team": team.pk},
        "2": {"label": {"en": "a leaking kettle", "lv": "tējkannu, kas tek"}, "do": "team", "team": team.pk},
        "3": {"label": {"en": "leaving a message", "lv": "ziņas atstāšanu"}, "do": "voicemail"},
    }
    save_phone_setup(inbox=inbox, values={"menu": menu}, actor=SYSTEM, now=now)
    open_ones = list(Ticket.objects.filter(active=True, category="open").select_related("customer").order_by("-id")[:6])
    agents = list(company.agents.values())
    for number, ticket in zip(CALLERS[:2], open_ones, strict=False):
        began = now - timedelta(hours=dice.randint(2, 20))
        call = operations.begin_call(
            ticket=ticket, inbox=inbox, medium="phone", direction="in", actor=SYSTEM, now=began, from_number=number
        )
        part = operations.ring(call=call, agent=agents[0], actor=SYSTEM, now=began + timedelta(seconds=9))
        operations.join(part=part, actor=SYSTEM, now=began + timedelta(seconds=16))
        operations.end_call(
            call=call, actor=SYSTEM, now=began + timedelta(seconds=dice.randint(90, 400)), by="customer"
        )
    for number, ticket in zip(CALLERS[2:], open_ones[2:], strict=False):
        request_callback(
            number=number, source="agent", actor=SYSTEM, now=now, customer=ticket.customer, ticket=ticket, inbox=inbox,
            wanted_from=now + timedelta(hours=dice.randint(20, 60)),
        )  # fmt: skip
