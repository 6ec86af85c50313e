"""The kettle shop's rules: some ready ones on, one of its own off, one switched on with something to see."""

import random
from datetime import datetime
from typing import Final

from hospes.automation import operations
from hospes.automation.content import content_of
from hospes.automation.models import Rule
from hospes.automation.preview import try_rule
from hospes.config.demo.company import SECOND, Company
from hospes.core.actors import SYSTEM
from hospes.core.errors import HospesError
from hospes.staff.models import Team

READY: Final = ("danger", "vip-first", "complaints", "returns-team", "ask-again", "reopened-twice", "praise")
OFF: Final = ("settle-silent", "unowned")
LEAKS: Final = ["leak", "tekoš", "ūdens zem", "damlıyor", "آب زیر", "կաթում"]
# Those that would answer real-looking tickets of the past the moment the demo starts stay off.
QUIET: Final = frozenset({"ask-again", "complaints"})


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Add the rules through the library, as an admin would."""
    team = Team.objects.filter(name=SECOND).values_list("pk", flat=True).first()
    instead = {("team", "Returns"): team} if team else {}
    for key in (*READY, *OFF):
        try:
            rule = operations.add_from_library(key=key, actor=SYSTEM, now=now, instead=instead)
        except HospesError:
            continue  # somebody took a name away: the shop does without this one
        if key not in OFF and key not in QUIET:
            _switch_on(rule, now)
    own = {
        "name": "Leaking kettles are problems",
        "description": "The seal of the K-200 is a known fault; we collect the cases.",
        "trigger": "ticket_opened",
        "conditions": {"all": [
            {"field": "message.text", "is": "contains", "value": LEAKS},
            {"not": {"field": "ticket.spam", "is": "yes"}},
        ]},
        "actions": [{"do": "set_type", "type": "problem"}, {"do": "add_tags", "tags": ["leak"]}],
    }  # fmt: skip
    _switch_on(operations.save_rule(content=own, actor=SYSTEM, now=now), now)
    operations.save_inbound(name="Warehouse", actor=SYSTEM, now=now)


def _switch_on(rule: Rule, now: datetime) -> None:
    token = try_rule(content=content_of(rule), actor=SYSTEM, now=now, days=1).token
    operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=now)
