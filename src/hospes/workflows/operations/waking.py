"""What moves waiting runs: the timer, and the customer's answer on the ticket."""

from datetime import datetime

from django.db import transaction

from hospes.tickets.models import Message
from hospes.workflows.models import WorkflowRun
from hospes.workflows.operations.keeping import own_actor
from hospes.workflows.operations.running import move_on
from hospes.workflows.policies.engine import step_of
from hospes.workflows.queries import plan_of_version

BATCH = 20


def wake_due(*, now: datetime, limit: int = BATCH) -> int:
    """Move the runs whose time has come; each in its own transaction, so that one cannot hold up the others. Returns
    how many. Several workers may run this at once; a clock that goes back moves nothing twice, as a run that went on
    has no timer any more."""
    done = 0
    while done < limit:
        with transaction.atomic():
            due = (
                WorkflowRun.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(wake_at__lte=now, state="waiting")
                .order_by("wake_at", "id")
                .first()
            )
            if due is None:
                return done
            _wake(due, now=now, answered=False, answer="")
        done += 1
    return done


def _wake(locked: WorkflowRun, *, now: datetime, answered: bool, answer: str) -> None:
    run = WorkflowRun.objects.select_related(
        "workflow", "version", "ticket__inbox", "ticket__customer", "customer"
    ).get(pk=locked.pk)
    step = step_of(plan_of_version(run.version_id), run.step)
    run.facts[f"{step.key}_answered"] = answered
    into = step.raw.get("into")
    if answered and isinstance(into, str) and into:
        run.facts[into] = answer[:5000]
    run.wake_at, run.waits_for_answer = None, False
    run.save(update_fields=["facts", "wake_at", "waits_for_answer"])
    move_on(run, actor=own_actor(run), now=now, how="answered" if answered else "waited")


@transaction.atomic
def answer_arrived(*, ticket_id: int, message_id: int, now: datetime) -> int:
    """The customer wrote: runs on the ticket that waited for it go on with what they said. Returns how many."""
    waiting = list(
        WorkflowRun.objects.select_for_update(no_key=True)
        .filter(ticket_id=ticket_id, state="waiting", waits_for_answer=True)
        .order_by("id")
    )
    if not waiting:
        return 0
    message = Message.objects.filter(pk=message_id, ticket_id=ticket_id).first()
    for run in waiting:
        if message_id <= int(run.facts.get("_heard") or 0):
            continue
        _wake(run, now=now, answered=True, answer=message.text if message else "")
    return len(waiting)
