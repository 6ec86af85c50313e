"""What the tests of rules share: a small company, and a short way to make rules that run."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hospes.automation import operations
from hospes.automation.models import Rule, RuleRun
from hospes.automation.preview import try_rule
from hospes.core.actors import SYSTEM
from hospes.testing import people
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket

NOW = people.NOON
HIGH = {"field": "ticket.priority", "is": "at_least", "value": 3}


@pytest.fixture
def company(db):
    """Two teams, an inbox of the first one, and people."""

    class Company:
        first = people.make_team("First line")
        second = people.make_team("Returns")
        inbox = people.make_inbox(team=first)
        ivo = people.make_agent("Ivo", teams=(first,))
        bek = people.make_agent("Bek", teams=(second,))
        manager = people.make_agent("Mina", role="manager")

    return Company


@pytest.fixture
def make_rule(db) -> Callable[..., Rule]:
    """Make a rule and switch it on, by way of its preview."""

    def make(
        name: str,
        trigger: str,
        *actions: dict[str, Any],
        when: dict[str, Any] | None = None,
        on: bool = True,
        **more: Any,
    ) -> Rule:
        content = {"name": name, "trigger": trigger, "conditions": when or {}, "actions": list(actions), **more}
        rule = operations.save_rule(content=content, actor=SYSTEM, now=NOW)
        if on:
            token = try_rule(content=content, actor=SYSTEM, now=NOW).token
            rule = operations.switch_on(rule=rule, token=token, actor=SYSTEM, now=NOW)
        return rule

    return make


@pytest.fixture
def ticket(company) -> Ticket:
    """A ticket of Anna's about a kettle."""
    return people.receive(inbox=company.inbox).ticket


def change(ticket: Ticket, *, hours: float = 0, **changes: Any) -> Ticket:
    """Change a ticket as the system does, and let everybody hear of it."""
    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=NOW + timedelta(hours=hours), **changes)
    people.settle()
    ticket.refresh_from_db()
    return ticket


def runs(ticket: Ticket) -> list[tuple[str, str]]:
    """(rule, state) of what rules did, the oldest first."""
    found = RuleRun.objects.filter(ticket=ticket).select_related("rule").order_by("id")
    return [(run.rule.name, run.state) for run in found]
