"""Running a workflow beside the talk: starting, answering, going back, giving it to the customer, stopping."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.posted import posted_number
from hospes.desk.access import DeskRequest, desk_view
from hospes.tickets import operations as tickets
from hospes.tickets import queries as ticket_queries
from hospes.workflows import operations, queries, shown
from hospes.workflows.models import Workflow, WorkflowRun
from hospes.workflows.policies.definition import Step
from hospes.workflows.policies.engine import step_of


@desk_view("workflow.run", methods=("POST",))
def start(request: DeskRequest, number: str) -> HttpResponse:
    """Start the workflow that was chosen by its name or key."""
    ticket = ticket_queries.get_ticket(request.actor, number)
    workflow = _chosen(request.POST.get("workflow", ""))
    operations.start_run(workflow=workflow, ticket=ticket, actor=request.actor, now=clock.now())
    return JsonResponse({})


def _chosen(words: str) -> Workflow:
    words = words.strip()
    if not words:
        raise InvalidInput(_("Choose a workflow."), field="workflow")
    name = words.partition(" · ")[0]
    found = queries.find_workflows(name)
    exact = [one for one in found if words in {one.key, one.name, f"{one.name} · {one.group}"}]
    if exact or len(found) == 1:
        return (exact or found)[0]
    raise InvalidInput(_("There is no workflow of this name. Choose one of the list."), field="workflow")


@desk_view("workflow.run", methods=("POST",))
def move(request: DeskRequest, run_id: int) -> HttpResponse:
    """Answer the step, go back, give it to the customer, or stop."""
    run = queries.get_run(request.actor, run_id)
    now, do = clock.now(), request.POST.get("do", "next")
    seq = posted_number(request.POST.get("seq", ""))
    if do == "back":
        operations.go_back(run=run, actor=request.actor, now=now, seq=seq)
    elif do == "stop":
        operations.stop_run(run=run, actor=request.actor, now=now)
        return JsonResponse({"message": _("Stopped. The answers stay on the ticket.")})
    elif do == "invite":
        path = reverse("portal:workflow", args=[run.token])
        operations.invite_customer(
            run=run, actor=request.actor, now=now, base_url=settings.PUBLIC_URL, path=path, seq=seq
        )
        return JsonResponse({"message": _("The customer gets a link to go on.")})
    else:
        _advance(request, run, seq, now)
    return JsonResponse({})


def _advance(request: DeskRequest, run: WorkflowRun, seq: int | None, now: Any) -> None:
    step = step_of(queries.plan_of_version(run.version_id), run.step)
    prefix = f"r{run.pk}"
    answers = {**shown.answers_in(step, request.POST, prefix), **_files(request, run, step, prefix)}
    try:
        operations.advance(run=run, answers=answers, actor=request.actor, now=now, seq=seq)
    except InvalidInput as error:
        words = str(error.message)
        asked = {str(one.get("key")): one for one in step.inputs}
        if error.field in asked:
            label = shown.label_of(run, asked[error.field])
            words = _("%(question)s: %(error)s") % {"question": label, "error": words}
        raise InvalidInput(words, field=f"{prefix}-{error.field}", code=error.code) from None


def _files(request: DeskRequest, run: WorkflowRun, step: Step, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    owner = Actor(kind="system", id=run.pk, via="workflow")
    for asked in step.inputs:
        if asked.get("kind") != "file":
            continue
        key = str(asked.get("key"))
        sent = [f for f in request.FILES.getlist(f"{prefix}-{key}") if isinstance(f, UploadedFile) and f.size][:10]
        if not sent and key in run.answers:
            found[key] = run.answers[key].get("value")
        for file in sent:
            kept = tickets.upload(
                name=file.name or "",
                content_type=file.content_type or "",
                content=file.read(),
                actor=owner,
                now=clock.now(),
            )
            one = {"token": kept.token, "name": kept.name, "size": kept.size, "type": kept.content_type}
            found.setdefault(key, []).append(one)
    return found
