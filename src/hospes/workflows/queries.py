"""Every read of the workflows room."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.models import F, Q, QuerySet

from hospes.commerce.models import Order
from hospes.commerce.queries import orders_of
from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.text import fold
from hospes.customers.models import Customer
from hospes.customers.queries import same_person
from hospes.tickets.models import Ticket
from hospes.tickets.policies import agent_may_see
from hospes.workflows.models import Workflow, WorkflowRun, WorkflowVersion
from hospes.workflows.policies.definition import Plan, plan_of

OPEN = ("running", "calling", "waiting", "handed_over")


@lru_cache(maxsize=500)
def _plan(version_id: int) -> Plan:
    return plan_of(WorkflowVersion.objects.values_list("definition", flat=True).get(pk=version_id))


def plan_of_version(version_id: int) -> Plan:
    """The plan of a published version; versions never change, so it is kept."""
    return _plan(version_id)


def workflows(*, archived: bool = False) -> QuerySet[Workflow]:
    """All workflows, by group and name."""
    return Workflow.objects.filter(archived_at__isnull=not archived).select_related("published")


def get_workflow(workflow_id: int) -> Workflow:
    """One workflow. Raises NotFound."""
    found = Workflow.objects.select_related("published").filter(pk=workflow_id).first()
    if found is None:
        raise NotFound
    return found


def find_workflows(text: str = "", *, limit: int = 20) -> list[Workflow]:
    """Published workflows in whose name or summary all the words occur; the most used first."""
    found = workflows().filter(published__isnull=False)
    for word in fold(text).split()[:6]:
        found = found.filter(search__contains=word)
    return list(found.order_by("-uses", "name", "id")[:limit])


def startable(*, signed_in: bool) -> list[Workflow]:
    """What customers may start by themselves, by name."""
    wanted = ("customers", "guests") if signed_in else ("guests",)
    return list(workflows().filter(published__isnull=False, open_to__in=wanted).order_by("-uses", "name", "id")[:50])


def startable_by_key(key: str, *, signed_in: bool) -> Workflow:
    """One that customers may start. Raises NotFound."""
    wanted = ("customers", "guests") if signed_in else ("guests",)
    found = workflows().filter(published__isnull=False, open_to__in=wanted, key=key).first()
    if found is None:
        raise NotFound
    return found


def published_by_key(key: str) -> Workflow:
    """A published workflow by its key. Raises NotFound."""
    found = workflows().filter(published__isnull=False, key=key).first()
    if found is None:
        raise NotFound
    return found


def versions(workflow: Workflow) -> QuerySet[WorkflowVersion]:
    """All versions, newest first."""
    return workflow.versions.all()


def get_version(workflow: Workflow, number: int) -> WorkflowVersion:
    """One version. Raises NotFound."""
    found = workflow.versions.filter(number=number).first()
    if found is None:
        raise NotFound
    return found


def _runs() -> QuerySet[WorkflowRun]:
    return WorkflowRun.objects.select_related("workflow", "version", "ticket__inbox", "customer")


def whole_run(run_id: int) -> WorkflowRun | None:
    """A run with all around it, for whoever holds its lock."""
    found = WorkflowRun.objects.select_related("workflow", "version", "ticket__inbox", "ticket__customer", "customer")
    return found.filter(pk=run_id).first()


def runs_of_ticket(ticket: Ticket, *, limit: int = 20) -> list[WorkflowRun]:
    """Runs on a ticket: those not ended first, newest first."""
    found = _runs().filter(ticket_id=ticket.pk).order_by(F("ended_at").desc(nulls_first=True), "-id")
    return list(found[:limit])


def get_run(actor: Actor, run_id: int) -> WorkflowRun:
    """A run that the agent may see: by its ticket, or without one. Raises NotFound."""
    actor.require("ticket.see")
    found = _runs().filter(pk=run_id).first()
    if found is None or not may_see(actor, found):
        raise NotFound
    return found


def may_see(actor: Actor, run: WorkflowRun) -> bool:
    """Whether an agent may see a run; one without a ticket only those who started it, or who see all teams."""
    if run.ticket is not None:
        return agent_may_see(actor, team_id=run.ticket.team_id, assignee_id=run.ticket.assignee_id)
    return actor.team_ids is None or (run.by_kind == "agent" and run.by_id == actor.id)


def run_by_token(token: str, customer: Customer | None) -> WorkflowRun:
    """A run by the secret of its link; another customer's is not there for somebody signed in. Raises NotFound."""
    found = _runs().filter(token=token).first() if 16 <= len(token) <= 64 else None
    if found is None:
        raise NotFound
    if customer is not None and found.customer_id not in {None, *same_person(customer.pk)}:
        raise NotFound
    return found


def runs_of_customer(customer: Customer, *, limit: int = 20) -> list[WorkflowRun]:
    """A customer's own open runs, newest first; those that only agents lead are not among them."""
    mine = Q(customer_id__in=same_person(customer.pk), state__in=OPEN)
    own = Q(by_kind="customer") | Q(channel="portal")
    return list(_runs().filter(mine & own).order_by("-id")[:limit])


def orders_for_panel(customer: Customer, *, limit: int = 5) -> Sequence[Order]:
    """The customer's newest orders."""
    return list(orders_of(customer)[:limit])


def earlier_answers(run: WorkflowRun) -> list[dict[str, Any]]:
    """What was answered in other runs on the same ticket, newest first."""
    if run.ticket_id is None:
        return []
    others = WorkflowRun.objects.filter(ticket_id=run.ticket_id).exclude(pk=run.pk).order_by("-id")
    return list(others.values_list("answers", flat=True)[:20])
