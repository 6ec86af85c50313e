"""Every read of the automation room."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from hospes.automation.models import (
    Handling,
    InboundHook,
    Rule,
    RuleRun,
    RuleVersion,
    Webhook,
    WebhookDelivery,
)
from hospes.core.actors import Actor
from hospes.core.conditions import Condition, span_of, used_fields
from hospes.core.errors import NotFound
from hospes.tickets.models import Ticket
from hospes.tickets.queries.lists import visible

WEEK = timedelta(days=7)
_AS_COLUMN = {
    "ticket.category": "category",
    "ticket.status": "status_id",
    "ticket.priority": "priority",
    "ticket.type": "type",
    "ticket.language": "language",
    "ticket.inbox": "inbox_id",
    "ticket.team": "team_id",
    "ticket.assignee": "assignee_id",
    "ticket.tier": "tier",
    "ticket.created_at": "created_at",
    "ticket.updated_at": "updated_at",
    "ticket.waiting_since": "waiting_since",
    "ticket.solved_at": "solved_at",
    "ticket.due_at": "due_at",
}
_OPEN_TOO = frozenset({"ticket.category", "ticket.status", "ticket.solved_at"})


def rules() -> QuerySet[Rule]:
    """Rules in use, in the order in which they run."""
    return Rule.objects.filter(archived_at=None).order_by("position", "id")


def get_rule(rule_id: int) -> Rule:
    """One rule. Raises NotFound."""
    found = rules().filter(pk=rule_id).first()
    if found is None:
        raise NotFound
    return found


def listed_rules(*, now: datetime) -> QuerySet[Rule]:
    """Rules with what they did in the last seven days: `ran`, `failed`, `last_ran_at`, `last_state`."""
    latest = RuleRun.objects.filter(rule=OuterRef("pk")).order_by("-id")
    lately = RuleRun.objects.filter(rule=OuterRef("pk"), at__gt=now - WEEK).order_by().values("rule")
    count = lately.annotate(n=Count("pk")).values("n")
    failed = lately.filter(state=RuleRun.State.FAILED).annotate(n=Count("pk")).values("n")
    return rules().annotate(
        ran=Subquery(count),
        failed=Subquery(failed),
        last_ran_at=Subquery(latest.values("at")[:1]),
        last_state=Subquery(latest.values("state")[:1]),
    )


def runs_of_rule(rule: Rule, actor: Actor) -> QuerySet[RuleRun]:
    """What a rule did, newest first, on tickets that the actor may see."""
    seen = visible(actor).filter(pk=OuterRef("ticket_id"))
    return RuleRun.objects.filter(Exists(seen), rule=rule).select_related("ticket").order_by("-id")


def versions_of(rule: Rule) -> QuerySet[RuleVersion]:
    """Every version of a rule, newest first."""
    return RuleVersion.objects.filter(rule=rule)


def stopped(actor: Actor) -> QuerySet[Handling]:
    """Circles that were cut and that nobody has looked at yet, newest first; for those who may change rules."""
    if not actor.may("rule.manage"):
        return Handling.objects.none()
    found = Handling.objects.exclude(stopped="").filter(looked_at=None)
    return found.select_related("ticket").order_by("-id")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of what rules did on one ticket: a run, or why an event's rules did not."""

    at: datetime
    event_id: int | None
    run: RuleRun | None = None
    handling: Handling | None = None


def runs_of_ticket(ticket: Ticket, *, limit: int = 30) -> list[Line]:
    """What rules did on a ticket and what they let alone, newest first; two queries."""
    runs = RuleRun.objects.filter(ticket=ticket).select_related("rule").order_by("-id")[:limit]
    handled = Handling.objects.filter(ticket=ticket).order_by("-id")[:limit]
    lines = [Line(run.at, run.event_id, run=run) for run in runs]
    lines += [Line(h.at, h.event_id, handling=h) for h in handled]
    return sorted(lines, key=lambda line: (line.at, line.run is not None), reverse=True)[: 2 * limit]


def rule_names(ids: Iterable[int]) -> dict[int, str]:
    """Names by id, also of rules that were put away."""
    return dict(Rule.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


# Tickets that a time rule has to look at ------------------------------------------------------------


def swept_tickets(conditions: Condition, *, now: datetime) -> QuerySet[Ticket]:
    """Tickets that may fit: never fewer than do. Open ones, unless the conditions ask for the state, so that most of
    a large table is left alone."""
    found = Ticket.objects.filter(spam=False, merged_into=None)
    if not used_fields(conditions) & _OPEN_TOO:
        found = found.filter(active=True)
    for leaf in _must_hold(conditions):
        wanted = _as_filter(leaf, now)
        if wanted is not None:
            found = found.filter(wanted)
    return found.order_by("pk")


def _must_hold(condition: Condition) -> list[Condition]:
    """The leaves that hold whenever the whole does."""
    if "field" in condition:
        return [condition]
    return [leaf for part in condition.get("all", ()) for leaf in _must_hold(part)]


def _as_filter(leaf: Mapping[str, Any], now: datetime) -> Q | None:
    column = _AS_COLUMN.get(leaf["field"])
    if column is None:
        return None
    value = leaf.get("value")
    asked = leaf["is"]
    if column.endswith("_at") or column == "waiting_since":
        return _moment_filter(column, asked, value, now)
    if asked == "is" and isinstance(value, int | str):
        return Q(**{column: value})
    if asked == "one_of" and isinstance(value, list):
        return Q(**{f"{column}__in": value})
    if asked == "at_least" and column in {"priority", "tier"}:
        return Q(**{f"{column}__gte": value})
    if asked in {"empty", "filled"} and column.endswith("_id"):
        return Q(**{f"{column}__isnull": asked == "empty"})
    return None


def _moment_filter(column: str, asked: str, value: Any, now: datetime) -> Q | None:
    if asked == "ago_more_than":
        return Q(**{f"{column}__lt": now - span_of(value)})
    if asked == "ago_less_than":
        return Q(**{f"{column}__gt": now - span_of(value), f"{column}__lte": now})
    if asked == "within":
        return Q(**{f"{column}__gte": now, f"{column}__lte": now + span_of(value)})
    if asked == "past":
        return Q(**{f"{column}__lte": now})
    if asked in {"empty", "filled"}:
        return Q(**{f"{column}__isnull": asked == "empty"})
    return None


# Webhooks -------------------------------------------------------------------------------------------


def webhooks() -> QuerySet[Webhook]:
    """Webhooks in use, by name."""
    return Webhook.objects.filter(archived_at=None)


def failing_webhooks(actor: Actor) -> QuerySet[Webhook]:
    """Webhooks that were switched off because they failed, or of which deliveries were given up; only for those who
    may do something about it."""
    if not actor.may("webhook.manage"):
        return Webhook.objects.none()
    dead = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), state=WebhookDelivery.State.DEAD)
    return webhooks().filter(Q(disabled_at__isnull=False, active=False) | Q(Exists(dead)))


def get_webhook(webhook_id: int) -> Webhook:
    """One webhook. Raises NotFound."""
    found = webhooks().filter(pk=webhook_id).first()
    if found is None:
        raise NotFound
    return found


def listed_webhooks() -> QuerySet[Webhook]:
    """Webhooks with how many deliveries wait or are dead, and the last one that was made."""
    return webhooks().annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state="waiting")),
        dead=Count("deliveries", filter=Q(deliveries__state="dead")),
        last_at=Max(F("deliveries__created_at")),
    )


def deliveries_of(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    """Deliveries with their tries, newest first."""
    return webhook.deliveries.prefetch_related("tries").order_by("-id")


def inbound_hooks() -> QuerySet[InboundHook]:
    """Addresses at which others call in."""
    return InboundHook.objects.filter(archived_at=None)
