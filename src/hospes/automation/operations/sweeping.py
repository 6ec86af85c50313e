"""Time rules: due ones go through the tickets that may fit, a batch at a time; each ticket once as long as it fits."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from hospes.automation import policies
from hospes.automation.compiled import Compiled, compile_rule
from hospes.automation.models import Handling, Hold, Rule
from hospes.automation.operations.running import locked_ticket, run_rule, runs_lately, tell_stopped
from hospes.automation.queries import swept_tickets
from hospes.automation.triggers import TIME
from hospes.core.facts import About, LazyFacts

BATCH = 100


def sweep(*, now: datetime) -> int:
    """One batch of one due rule; returns how many tickets were looked at (at least 1 when a rule was due). Several
    workers may run this at once: a rule is in one hand."""
    with transaction.atomic():
        rule = _due_rule(now)
        if rule is None:
            return 0
        if rule.sweep_after is None:
            rule.sweep_after, rule.sweep_at = 0, now
            rule.next_run_at = policies.next_run(rule.schedule, after=now)
        looked_at = _batch(rule, now=now)
        rule.save(update_fields=["sweep_after", "sweep_at", "next_run_at"])
    return max(1, looked_at)


def _due_rule(now: datetime) -> Rule | None:
    candidates = Rule.objects.filter(active=True, archived_at=None, trigger=TIME)
    due = candidates.filter(Q(sweep_after__isnull=False) | Q(next_run_at__lte=now) | Q(next_run_at=None))
    found = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_run_at", "id").first()
    if found is not None:
        return found
    # A clock that jumped back must not leave rules waiting for a time that will not come for long.
    for rule in candidates.select_for_update(skip_locked=True, of=("self",)).order_by("-next_run_at")[:5]:
        if policies.is_due(next_run_at=rule.next_run_at, schedule=rule.schedule, now=now):
            return rule
    return None


def _batch(rule: Rule, *, now: datetime) -> int:
    compiled = compile_rule(rule)
    after = rule.sweep_after or 0
    ids = list(swept_tickets(rule.conditions, now=now).filter(pk__gt=after).values_list("pk", flat=True)[:BATCH])
    last = ids[-1] if len(ids) == BATCH else None
    holds = Hold.objects.filter(rule=rule, ticket_id__gt=after)
    if last is not None:
        holds = holds.filter(ticket_id__lte=last)
    holding = set(holds.values_list("ticket_id", flat=True))
    fitting = {pk for pk in ids if _look(compiled, pk, known=pk in holding, now=now)}
    holds.filter(ticket_id__in=holding - fitting).delete()  # when it fits again, it is a new case
    rule.sweep_after = last
    return len(ids)


def _look(rule: Compiled, ticket_id: int, *, known: bool, now: datetime) -> bool:
    """Whether the ticket fits; a new case is acted on."""
    ticket = locked_ticket(ticket_id)
    if ticket is None:
        return False
    facts = LazyFacts(About(now=now, ticket=ticket))
    if policies.first_miss(rule.conditions, facts, now=now) is not None:
        return False
    if known:
        return True
    why = policies.why_stop(steps=0, lately=runs_lately(ticket.pk, now=now))
    if why:
        event_id = tell_stopped(ticket, why, [rule.name], now=now)
        Handling.objects.create(
            event_id=event_id, ticket=ticket, trigger=TIME, at=now, asked=1, stopped=why, chain=[rule.name]
        )
        return False
    Hold.objects.create(rule_id=rule.id, ticket=ticket, since=now)
    run_rule(rule, ticket, facts, event_id=None, now=now)
    return True
