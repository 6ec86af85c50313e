"""Rules: one event through 1,000 rules, and that it takes no longer with many open tickets."""

from collections.abc import Iterator
from typing import Any

from benchmarks.report import Line, below, percentile, times

RULES = 1_000
RUNS = 60


def lines(facts: dict[str, Any], *, tickets: int) -> Iterator[Line]:
    """The table has `tickets` tickets; the rules are taken away again."""
    from hospes.automation import queries
    from hospes.automation.models import Handling, Rule, RuleRun
    from hospes.core.clock import now

    _rules()
    apply = percentile(times(_one_event, runs=RUNS), 0.5)
    yield below(f"apply {RULES:,} rules on one event, {tickets:,} tickets", apply, 100.0)
    condition = {
        "all": [
            {"field": "ticket.category", "is": "is", "value": "waiting"},
            {"field": "ticket.updated_at", "is": "ago_less_than", "value": "1 h"},
        ]
    }
    sweep = percentile(
        times(lambda _i: list(queries.swept_tickets(condition, now=now()).values_list("pk")[:100]), runs=RUNS), 0.5
    )
    yield below(f"tickets that a rule by time looks at, among {tickets:,}", sweep, 50.0)
    RuleRun.objects.all().delete()
    Handling.objects.all().delete()
    Rule.objects.all().delete()
    from hospes.automation.compiled import forget

    forget()


def _rules() -> None:
    """999 that look at subject, priority and customer and do not fit, and one that does."""
    from hospes.automation.compiled import forget
    from hospes.automation.models import Rule
    from hospes.core.clock import now

    def condition(number: int) -> dict[str, Any]:
        if number == RULES - 1:
            return {}
        return {
            "all": [
                {"field": "ticket.priority", "is": "at_least", "value": 1},
                {"field": "customer.vip", "is": "no"},
                {"field": "ticket.subject", "is": "contains", "value": [f"word {number} that nobody writes"]},
            ]
        }

    Rule.objects.bulk_create(
        Rule(
            name=f"Bench {number}",
            active=True,
            position=number,
            trigger="priority_changed",
            conditions=condition(number),
            actions=[{"do": "add_tags", "tags": ["bench"]}],
            created_at=now(),
            updated_at=now(),
        )
        for number in range(RULES)
    )
    forget()


def _one_event(number: int) -> None:
    """A ticket's priority changes and all rules look at it; the change itself is not measured apart."""
    from hospes.automation import operations
    from hospes.core import outbox
    from hospes.core.actors import SYSTEM
    from hospes.core.clock import now
    from hospes.core.events import emit
    from hospes.tickets.events import TicketChanged
    from hospes.tickets.models import Ticket

    ticket = Ticket.objects.filter(active=True, pk__gt=number).order_by("pk").first()
    assert ticket is not None
    event = TicketChanged(ticket_id=ticket.pk, field="priority", before="2", after="3")
    from hospes.core.models import EventRow

    [pk] = emit(event, actor=SYSTEM, now=now())
    happened = outbox.as_happened(EventRow.objects.get(pk=pk))
    assert happened is not None
    operations.handle_event(happened, now=now())
