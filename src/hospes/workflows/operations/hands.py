"""What a real run does at its steps: looks up, acts, sets timers, hands over. The moves themselves are the engine's."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from hospes.commerce.models import Order
from hospes.commerce.queries import find_order
from hospes.core import ids, limits
from hospes.core.actors import Actor
from hospes.core.conditions import matches, moment_of, span_of
from hospes.core.errors import HospesError, InvalidInput
from hospes.core.events import emit
from hospes.core.text import fold
from hospes.customers.models import Customer
from hospes.customers.policies import contact_key
from hospes.customers.queries import find_by_contact, same_person
from hospes.tickets import operations as tickets
from hospes.tickets.operations.base import ids_after
from hospes.workflows import events
from hospes.workflows.models import Call, Workflow, WorkflowRun
from hospes.workflows.operations.acting import do, explain, team_named
from hospes.workflows.operations.keeping import keep_answers, open_ticket, own_actor
from hospes.workflows.operations.knowing import Knowledge
from hospes.workflows.policies.answers import is_blank
from hospes.workflows.policies.definition import Plan, Raw, Step

TRIES_AN_HOUR = 10


class RealHands:
    """See policies.engine.Hands. `actor` is who moves the run now."""

    def __init__(self, run: WorkflowRun, plan: Plan, *, actor: Actor, now: datetime) -> None:
        self.run, self.plan, self.actor, self.now = run, plan, actor, now
        self.knowledge = Knowledge(run, plan, now=now)

    @property
    def doer(self) -> Actor:
        """Who does what act steps say: the agent who leads the run, else the run as it was published."""
        return self.actor if self.actor.kind == "agent" else own_actor(self.run)

    def holds(self, condition: Mapping[str, Any]) -> bool:
        """A condition over answers, ticket, customer, order and time."""
        return matches(condition, self.knowledge.facts(), now=self.now)

    def knows(self, step: Step) -> bool:
        """Whether all that a step asks is known already."""
        return self.knowledge.knows(step, self.actor)

    def act(self, step: Step) -> None:
        """All actions of a step, in order, together or not at all."""
        try:
            open_ticket(self.knowledge, now=self.now)
            for action in step.raw.get("actions") or ():
                do(action, self.knowledge, actor=self.doer, now=self.now)
        except InvalidInput:
            raise
        except HospesError as error:
            raise explain(error, step.key) from error

    def look_up(self, step: Step) -> None:
        """Find a customer, an order or a row of the workflow's own table, and note what is asked for."""
        find = step.raw.get("find")
        found: Mapping[str, Any] | None = None
        if find == "order":
            found = self._look_up_order(step.raw)
        elif find == "customer":
            found = self._look_up_customer(step.raw)
        elif find == "table":
            found = self._look_up_row(step.raw)
        self.run.facts[f"{step.key}_found"] = found is not None
        into = step.raw.get("into")
        for name, source in (into if isinstance(into, Mapping) else {}).items():
            self.run.facts[str(name)] = _plain((found or {}).get(str(source)))

    def _value(self, source: Any) -> Any:
        name = str(source or "")
        if name.startswith("run."):
            kept = self.run.answers.get(name.removeprefix("run."))
            return kept.get("value") if kept else self.run.facts.get(name.removeprefix("run."))
        return self.knowledge.value(name)

    def _look_up_order(self, raw: Raw) -> Mapping[str, Any] | None:
        limits.require(f"workflow-look-up:{self.run.pk}", limit=TRIES_AN_HOUR, seconds=3600, now=self.now)
        order = find_order(str(self._value(raw.get("by")) or ""))
        verify = raw.get("verify")
        if order is None or not self._is_theirs(order, verify if isinstance(verify, Mapping) else {}):
            self.run.facts.pop("order_number", None)
            self.run.facts.pop("order_lines", None)
            return None
        self.run.facts["order_number"] = order.number
        self.run.facts["order_lines"] = [
            f"{line.name} × {line.quantity}" if line.quantity > 1 else line.name for line in order.lines.all()
        ]
        if self.run.customer is None:
            self.run.customer = order.customer
        return self.knowledge.facts().about.extra or {}

    def _is_theirs(self, order: Order, verify: Mapping[str, Any]) -> bool:
        """Whether the order is the known customer's, or everything that has to be told about it was told rightly."""
        if self.run.trusted and self.run.customer is not None:
            if order.customer_id in same_person(self.run.customer.pk):
                return True
            if self.actor.kind != "agent":
                return False
        if not verify:
            return self.actor.kind == "agent"
        return all(_same(order, str(what), self._value(source)) for what, source in verify.items())

    def _look_up_customer(self, raw: Raw) -> Mapping[str, Any] | None:
        customer = self.run.customer if self.run.trusted else None
        by = raw.get("by")
        if customer is None and self.actor.kind == "agent":
            for kind, source in (by if isinstance(by, Mapping) else {}).items():
                value = str(self._value(source) or "")
                customer = customer or (find_by_contact(str(kind), value) if value else None)
            self.run.customer = self.run.customer or customer
        if customer is None:
            return None
        facts = {"name": customer.name, "language": customer.language, "vip": customer.vip, **(customer.fields or {})}
        return {**facts, **{f"customer.{name}": value for name, value in facts.items()}}

    def _look_up_row(self, raw: Raw) -> Mapping[str, Any] | None:
        table = (self.plan.raw.get("tables") or {}).get(str(raw.get("table") or ""))
        by = raw.get("by")
        if not isinstance(table, Mapping) or not isinstance(by, Mapping):
            return None
        columns = [str(name) for name in table.get("columns") or ()]
        for row in table.get("rows") or ():
            cells = dict(zip(columns, row, strict=False))
            if all(fold(str(cells.get(str(c)))) == fold(str(self._value(source))) for c, source in by.items()):
                return cells
        return None

    def call(self, step: Step) -> None:
        """Queue the call; a worker makes it after this is committed."""
        Call.objects.update_or_create(
            run=self.run,
            defaults={"step": step.key, "uid": ids.token(18), "attempts": 0, "next_try_at": self.now, "error": ""},
        )

    def wait(self, step: Step) -> None:
        """Until a moment, for a length of time, or for the customer's answer, whichever comes first."""
        raw = step.raw
        until = None
        if raw.get("span"):
            until = self.now + span_of(raw["span"])
        elif raw.get("until"):
            named = self._value(raw["until"])
            until = moment_of(named) if isinstance(named, str | date) else None
            until = until or self.now  # a date that nobody gave is not waited for
        self.run.wake_at = until
        self.run.waits_for_answer = bool(raw.get("for_answer"))
        if self.run.ticket is not None or self.run.waits_for_answer:
            ticket = open_ticket(self.knowledge, now=self.now)
            keep_answers(self.knowledge, now=self.now)
            # What they wrote before is no answer to what is waited for, even if we hear of it only now.
            self.run.facts["_heard"] = (self.run.ticket or ticket).last_message_id or 0

    def hand_over(self, step: Step) -> None:
        """Give it to a person, as the step says."""
        reason = self.knowledge.text(step.raw.get("reason"))
        self.give_to_person(team=str(step.raw.get("team") or ""), reason=reason, priority=step.raw.get("priority"))
        self._tell_handed_over(step.key, asked=False)

    def give_to_person(self, *, team: str = "", reason: str = "", words: str = "", priority: Any = None) -> None:
        """A ticket with everything known, in the right team, open."""
        new = self.run.ticket is None
        ticket = open_ticket(self.knowledge, now=self.now, words=words)
        keep_answers(self.knowledge, now=self.now)
        ticket = self.run.ticket or ticket
        changes: dict[str, Any] = {}
        found = team_named(team)
        if found is not None and found.pk != ticket.team_id:
            changes["team"] = found
        if priority in {1, 2, 3, 4} and priority > ticket.priority:
            changes["priority"] = priority
        if not new and ticket.category in {"solved", "waiting", "on_hold"}:
            changes["status"] = "open"
        if changes:
            self.run.ticket = tickets.change_ticket(ticket=ticket, actor=self.doer, now=self.now, **changes)
        if reason:
            tickets.add_note(ticket=self.run.ticket or ticket, actor=own_actor(self.run), now=self.now, text=reason)

    def _tell_handed_over(self, step: str, *, asked: bool) -> None:
        assert self.run.ticket is not None
        self.run.ticket.refresh_from_db(fields=["team", "assignee", "status", "category", "version"])
        emit(events.WorkflowHandedOver(**self.run_ids(), step=step, asked=asked), actor=self.actor, now=self.now)

    def run_ids(self) -> dict[str, Any]:
        """What every event of a run on a ticket says."""
        assert self.run.ticket is not None
        return {
            **ids_after(self.run.ticket),
            "run_id": self.run.pk,
            "workflow_id": self.run.workflow_id,
            "label": self.run.workflow.name[:100],
        }

    def asked_for_person(self, step: str, *, words: str) -> None:
        """The customer wants a person: now, with everything said so far."""
        had_ticket = self.run.ticket is not None
        self.give_to_person(words=words or _("I would like to talk to a person."))
        if had_ticket and self.run.ticket is not None and self.run.customer is not None:
            tickets.add_customer_message(
                ticket=self.run.ticket,
                customer=self.run.customer,
                actor=own_actor(self.run),
                now=self.now,
                text=words or _("I would like to talk to a person."),
            )
        self._tell_handed_over(step, asked=True)

    def end(self, step: Step) -> None:
        """Keep every answer on the ticket; with a status of its own, there is one in any case."""
        status = str(step.raw.get("status") or "") if step.kind == "end" else ""
        if status:
            open_ticket(self.knowledge, now=self.now)
        keep_answers(self.knowledge, now=self.now)
        if status and self.run.ticket is not None and self.run.ticket.category != status:
            self.run.ticket = tickets.change_ticket(
                ticket=self.run.ticket, actor=self.doer, now=self.now, status=status
            )
        Workflow.objects.filter(pk=self.run.workflow_id).update(uses=F("uses") + 1)


def _same(order: Order, what: str, given: Any) -> bool:
    """Whether what was told about an order is true."""
    if is_blank(given):
        return False
    customer: Customer = order.customer
    if what in {"email", "phone"}:
        points = [p for p in customer.contact_points.all() if p.kind == what]
        return any(p.key == contact_key(what, str(given)) for p in points)
    told = fold(str(given)).split()
    if what == "name":
        return bool(told) and told == fold(customer.name).split()
    known = order.fields.get(what)
    return known is not None and told == fold(str(known)).split()


def _plain(value: Any) -> Any:
    """A fact as JSON keeps it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return value
