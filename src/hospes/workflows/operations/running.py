"""Runs: started, moved on, moved back, handed to a person, given to the customer, stopped. One way for everybody."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, HospesError, InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.models import Customer
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
from hospes.workflows import events
from hospes.workflows.models import StepLog, Workflow, WorkflowRun
from hospes.workflows.operations.hands import RealHands
from hospes.workflows.policies import engine
from hospes.workflows.policies.answers import clean
from hospes.workflows.policies.definition import Step
from hospes.workflows.queries import may_see, plan_of_version, whole_run

MOVABLE = {"running", "handed_over"}


@transaction.atomic
def start_run(
    *,
    workflow: Workflow,
    actor: Actor,
    now: datetime,
    ticket: Ticket | None = None,
    customer: Customer | None = None,
    language: str = "",
) -> WorkflowRun:
    """Begin a workflow on its newest version, or find the run that this ticket has of it. Raises NotFound, NotAllowed.

    An agent's run and a signed-in customer's are trusted: the customer's own details may be shown in them.
    """
    if actor.kind == "agent":
        actor.require("workflow.run")
    workflow = Workflow.objects.select_related("published").get(pk=workflow.pk)
    if workflow.published is None or workflow.archived_at is not None:
        raise NotFound
    if ticket is not None:
        ticket = Ticket.objects.select_for_update(no_key=True, of=("self",)).select_related("inbox").get(pk=ticket.pk)
        open_run = WorkflowRun.objects.filter(ticket=ticket, workflow=workflow, ended_at=None).order_by("-id").first()
        if open_run is not None:
            return open_run
        customer = ticket.customer
    plan = plan_of_version(workflow.published.pk)
    run = WorkflowRun(
        token=ids.token(24),
        workflow=workflow,
        version=workflow.published,
        ticket=ticket,
        customer=customer,
        trusted=customer is not None and (actor.kind == "agent" or actor.id == customer.pk),
        by_kind=actor.kind,
        by_id=actor.id,
        by_name=storable(actor.name)[:200],
        channel=(actor.via or "desk")[:20],
        language=(language or (ticket.language if ticket else "") or get_language() or plan.language)[:8],
        started_at=now,
        changed_at=now,
        step=plan.first,
    )
    run.save(force_insert=True)
    hands = RealHands(run, plan, actor=actor, now=now)
    if ticket is not None:
        emit(events.WorkflowStarted(**hands.run_ids()), actor=actor, now=now)
    progress = engine.Progress(step=plan.first)
    with override(run.language):
        engine.start(plan, progress, hands)
    _keep(run, progress, hands, came=True)
    return run


def lock_run(run: WorkflowRun, actor: Actor, *, seq: int | None = None) -> WorkflowRun:
    """The run under its lock. Raises NotFound for what an agent may not see, Conflict when it moved since `seq`."""
    if actor.kind == "agent":
        actor.require("workflow.run")
    WorkflowRun.objects.select_for_update(no_key=True).filter(pk=run.pk).values_list("pk", flat=True).first()
    locked = whole_run(run.pk)
    if locked is None or (actor.kind == "agent" and not may_see(actor, locked)):
        raise NotFound
    if seq is not None and seq != locked.seq:
        raise Conflict(_("This step was done already, perhaps in another window."), field="seq", seq=locked.seq)
    return locked


def advance(
    *, run: WorkflowRun, answers: Mapping[str, Any], actor: Actor, now: datetime, seq: int | None = None
) -> WorkflowRun:
    """Answer the step that the run stands at, and go on to the next stop. Raises InvalidInput (details: errors, the
    words for each answer that cannot be taken), Conflict when the run is elsewhere by now."""
    with transaction.atomic():
        run = lock_run(run, actor, seq=seq)
        if run.state not in MOVABLE and not (run.state == "waiting" and actor.kind == "agent"):
            raise Conflict(_("This step was done already, perhaps in another window."), field="seq", seq=run.seq)
        plan = plan_of_version(run.version_id)
        step = engine.step_of(plan, run.step)
        hands = RealHands(run, plan, actor=actor, now=now)
        how = {"show": "read", "ask": "answered", "wait": "skipped", "hand_over": "taken"}.get(step.kind, "done")
        with override(run.language if actor.kind != "agent" else get_language()):
            if step.kind == "ask":
                _take_answers(hands, step, answers, actor=actor)
            if step.kind == "wait":
                _stop_waiting(run, step, answered=False)
            _arrive_from(run, actor)
            progress = engine.Progress(step=run.step, state=run.state, path=list(run.path))
            engine.leave(plan, progress, hands, how)
        _keep(run, progress, hands)
        return run


def _arrive_from(run: WorkflowRun, actor: Actor) -> None:
    if actor.via and actor.kind != "system":
        run.channel = actor.via[:20]


def _stop_waiting(run: WorkflowRun, step: Step, *, answered: bool) -> None:
    run.facts[f"{step.key}_answered"] = answered
    run.wake_at, run.waits_for_answer = None, False


def _take_answers(
    hands: RealHands, step: Step, answers: Mapping[str, Any], *, actor: Actor, partly: bool = False
) -> None:
    """Check and note down all answers of a step; with `partly` only those that can be taken."""
    errors: dict[str, str] = {}
    taken: list[tuple[Any, Any]] = []
    for asked in step.inputs:
        key = str(asked.get("key"))
        try:
            value = clean(asked, answers.get(key), hands.knowledge.options(asked))
        except InvalidInput as error:
            errors[key] = str(error.message)
            continue
        if not partly or value is not None:
            taken.append((asked, value))
    if errors and not partly:
        first = next(iter(errors))
        raise InvalidInput(errors[first], field=first, errors=errors)
    for asked, value in taken:
        hands.knowledge.answer(asked, value, step=step.key, actor=actor)


@transaction.atomic
def go_back(*, run: WorkflowRun, actor: Actor, now: datetime, seq: int | None = None) -> WorkflowRun:
    """To the step before; what was answered stays, to be changed. Raises Conflict when one cannot go back any more."""
    run = lock_run(run, actor, seq=seq)
    plan = plan_of_version(run.version_id)
    progress = engine.Progress(step=run.step, state=run.state, path=list(run.path))
    if run.state != "running" or not engine.step_back(plan, progress):
        raise Conflict(_("What was done at the step before cannot be taken back here."), field="back")
    _arrive_from(run, actor)
    _keep(run, progress, RealHands(run, plan, actor=actor, now=now))
    return run


@transaction.atomic
def ask_for_person(
    *,
    run: WorkflowRun,
    actor: Actor,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
    words: str = "",
    email: str = "",
    name: str = "",
) -> WorkflowRun:
    """A customer wants a person, at whatever step: a ticket with everything said so far, and the run at that step.
    Raises InvalidInput (code need-email) when nobody knows yet how to answer them."""
    run = lock_run(run, actor)
    if run.state in {"handed_over", "ended"}:
        return run
    plan = plan_of_version(run.version_id)
    step = engine.step_of(plan, run.step)
    hands = RealHands(run, plan, actor=actor, now=now)
    if step.kind == "ask" and answers:
        _take_answers(hands, step, answers, actor=actor, partly=True)
    if email.strip():
        asked = {"key": "email", "kind": "email", "required": True}
        run.facts["_email"] = clean(asked, email, ())
        run.facts["_name"] = storable(name)[:150]
    with override(run.language):
        hands.asked_for_person(run.step, words=storable(words).strip()[:5000])
    run.wake_at, run.waits_for_answer = None, False
    progress = engine.Progress(step=run.step, state="handed_over", path=list(run.path), log=[(run.step, "person")])
    _keep(run, progress, hands)
    return run


@transaction.atomic
def invite_customer(
    *, run: WorkflowRun, actor: Actor, now: datetime, base_url: str, path: str, seq: int | None = None
) -> WorkflowRun:
    """Give the run to the customer: they get a link in a reply, and go on at this step in the portal."""
    run = lock_run(run, actor, seq=seq)
    if run.ticket is None or run.ended_at is not None or run.state not in MOVABLE:
        raise InvalidInput(_("This can be given to the customer only while it runs on a ticket."))
    if run.workflow.open_to == "agents":
        raise InvalidInput(_("This workflow is for agents only. It can be opened to customers in its settings."))
    with override(run.ticket.language or run.language):
        text = _("You can go on by yourself here, we have filled in what we know:")
    tickets.reply(ticket=run.ticket, actor=actor, now=now, text=f"{text}\n\n{base_url}{path}", status="waiting")
    run.ticket.refresh_from_db()
    plan = plan_of_version(run.version_id)
    run.channel = "portal"
    hands = RealHands(run, plan, actor=actor, now=now)
    progress = engine.Progress(step=run.step, state="running", path=list(run.path), log=[(run.step, "invited")])
    _keep(run, progress, hands)
    return run


@transaction.atomic
def stop_run(*, run: WorkflowRun, actor: Actor, now: datetime) -> WorkflowRun:
    """An agent ends a run that leads nowhere; its answers stay on the ticket."""
    run = lock_run(run, actor)
    if run.ended_at is not None:
        return run
    plan = plan_of_version(run.version_id)
    hands = RealHands(run, plan, actor=actor, now=now)
    hands.end(Step(run.step, "stopped", {}))
    run.wake_at, run.waits_for_answer = None, False
    progress = engine.Progress(step=run.step, state="ended", outcome="stopped", log=[(run.step, "stopped")])
    _keep(run, progress, hands)
    return run


def _keep(run: WorkflowRun, progress: engine.Progress, hands: RealHands, *, came: bool = False) -> None:
    """Write where the run is now, the log of this move, and tell the open screens."""
    actor, now = hands.actor, hands.now
    before = run.step
    run.step, run.state, run.path = progress.step, progress.state, progress.path
    run.changed_at = now
    run.seq += 0 if came else 1
    if run.state != "waiting":
        run.wake_at, run.waits_for_answer = None, False
    if run.state == "ended":
        run.outcome, run.ended_at = progress.outcome or "done", now
    run.save()
    _log(run, progress, hands)
    if run.ticket is None:
        return
    if run.state == "ended":
        emit(events.WorkflowEnded(**hands.run_ids(), outcome=run.outcome), actor=actor, now=now)
    elif not came:
        emit(events.WorkflowStepped(**hands.run_ids(), step=before), actor=actor, now=now)


def _log(run: WorkflowRun, progress: engine.Progress, hands: RealHands) -> None:
    """Close the stay at the step that was left, note the ones passed, open the one at the new stop."""
    who = {"by_kind": hands.actor.kind, "by_name": hands.actor.name[:200], "channel": run.channel}
    passed = list(progress.log)
    if passed:
        key, how = passed[0]
        closed = StepLog.objects.filter(run=run, step=key, left_at=None).update(left_at=hands.now, how=how, **who)
        passed = passed[1:] if closed else passed
    stay = [(key, how) for key, how in passed]
    rows = [_row(run, hands, key, how, who) for key, how in stay]
    if run.ended_at is None and not StepLog.objects.filter(run=run, step=run.step, left_at=None).exists():
        rows.append(_row(run, hands, run.step, "", {}))
    StepLog.objects.bulk_create(rows)


def _row(run: WorkflowRun, hands: RealHands, key: str, how: str, who: Mapping[str, str]) -> StepLog:
    step = hands.plan.steps.get(key)
    return StepLog(
        run=run,
        workflow_id=run.workflow_id,
        step=key,
        kind=step.kind if step else "",
        came_at=hands.now,
        left_at=hands.now if how else None,
        how=how,
        **who,
    )


def move_on(run: WorkflowRun, *, actor: Actor, now: datetime, how: str) -> None:
    """Leave the step of a locked run for a reason that lies outside of it: a timer, an answer, a call that came back.
    Whatever refuses is noted, and the run is handed to a person instead of being lost."""
    plan = plan_of_version(run.version_id)
    hands = RealHands(run, plan, actor=actor, now=now)
    progress = engine.Progress(step=run.step, state=run.state, path=list(run.path))
    try:
        with transaction.atomic(), override(run.language):
            engine.leave(plan, progress, hands, how)
    except HospesError as error:
        run.refresh_from_db()
        progress = engine.Progress(step=run.step, state="handed_over", log=[(run.step, "failed")])
        hands = RealHands(run, plan, actor=actor, now=now)
        if run.ticket is not None:
            hands.give_to_person(reason=str(error.message))
    _keep(run, progress, hands)
