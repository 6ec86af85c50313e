"""Beside the talk: the customer's orders, the workflows that run on the ticket, and the way to start one."""

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from hospes.commerce.models import Order
from hospes.commerce.queries import orders_of
from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.tickets.models import Ticket
from hospes.workflows import queries, shown
from hospes.workflows.models import WorkflowRun

ORDER_SIGNS = {"delivered": "good", "cancelled": "bad", "returned": "warn", "shipped": "info"}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order in the panel."""

    order: Order
    sign: str
    named: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in the panel; `step` while it runs."""

    run: WorkflowRun
    step: shown.Shown | None
    summary: list[tuple[str, str]]
    words: str


def words_of(run: WorkflowRun) -> str:
    """How a run stands, in a word or two."""
    if run.state == "ended":
        return {
            "done": _("Done"),
            "refused": _("Refused"),
            "not_applicable": _("Not applicable"),
            "handed_over": _("Handed over"),
            "stopped": _("Stopped"),
        }.get(run.outcome, _("Done"))
    if run.state == "running" and run.channel == "portal":
        return _("The customer is at it")
    return {
        "waiting": _("Waiting"),
        "calling": _("Calling another system"),
        "handed_over": _("Needs a person"),
    }.get(run.state, "")


def context(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """What the panel prints."""
    language, now = translation.get_language() or "en", clock.now()
    runs = []
    for run in queries.runs_of_ticket(ticket, limit=10):
        step = shown.show(run, language=language, now=now) if run.ended_at is None else None
        runs.append(RunLine(run, step, shown.summary_of(run, language=language, now=now), words_of(run)))
    named = str((ticket.fields or {}).get("order") or "")
    orders = [
        OrderLine(order, ORDER_SIGNS.get(order.status, ""), order.number == named)
        for order in orders_of(ticket.customer)[:6]
    ]
    return {
        "runs": [line for line in runs if line.run.ended_at is None],
        "ended": [line for line in runs if line.run.ended_at is not None][:5],
        "orders": orders,
        "may_run": request.actor.may("workflow.run"),
        "startable": queries.find_workflows(limit=200) if request.actor.may("workflow.run") else [],
    }
