"""Getting something done without writing to anybody: workflows that are open to customers, a step a page."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.core import clock, limits
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, HospesError, InvalidInput, RateLimited
from hospes.core.posted import posted_id
from hospes.portal import guard, uploads
from hospes.portal.access import PortalRequest, actor_of, public_view
from hospes.tickets import operations as tickets
from hospes.workflows import operations, queries, shown
from hospes.workflows.models import Workflow, WorkflowRun
from hospes.workflows.policies.definition import Step
from hospes.workflows.policies.engine import step_of
from hospes.workflows.policies.texts import say

BOTH = ("GET", "HEAD", "POST")
HOUR = 3600


def _who(request: PortalRequest) -> Actor:
    if request.customer is not None:
        return actor_of(request.customer, request.address)
    return Actor(kind="customer", via="portal")


def _language() -> str:
    return translation.get_language() or "en"


def line_of(workflow: Workflow) -> dict[str, Any]:
    """A workflow in the list, in the reader's language."""
    assert workflow.published is not None
    raw = workflow.published.definition
    fallback = str(raw.get("language") or "en")
    texts = {name: say(raw.get(name), _language(), fallback=fallback) for name in ("name", "summary")}
    return {"key": workflow.key, **texts}


@public_view()
def listing(request: PortalRequest) -> HttpResponse:
    """What can be done here, and what was begun."""
    signed_in = request.customer is not None
    found = [line_of(workflow) for workflow in queries.startable(signed_in=signed_in)]
    begun = []
    for run in queries.runs_of_customer(request.customer) if request.customer else ():
        raw = run.version.definition
        begun.append({"run": run, "name": say(raw.get("name"), _language(), fallback=str(raw.get("language") or "en"))})
    more = not signed_in and len(queries.startable(signed_in=True)) > len(found)
    return render(request, "portal/workflows/list.html", {"workflows": found, "begun": begun, "more": more})


@public_view(methods=BOTH)
def begin(request: PortalRequest, key: str) -> HttpResponse:
    """What a workflow is about; posting starts it."""
    workflow = queries.startable_by_key(key, signed_in=request.customer is not None)
    if request.method != "POST":
        return render(request, "portal/workflows/begin.html", {"workflow": line_of(workflow)})
    now = clock.now()
    limits.require(f"workflow-start:{guard.visitor(request)}", limit=30, seconds=HOUR, now=now)
    run = operations.start_run(
        workflow=workflow, customer=request.customer, actor=_who(request), now=now, language=_language()
    )
    return _to(run)


def _to(run: WorkflowRun) -> HttpResponse:
    return HttpResponseRedirect(reverse("portal:workflow", args=[run.token]))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is the key to the run, so no other site may hear of it, and nothing is kept."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@public_view(methods=BOTH)
def run(request: PortalRequest, token: str) -> HttpResponseBase:
    """The step at which a run stands. Posting answers it, goes back, or asks for a person."""
    found = queries.run_by_token(token, request.customer)
    if request.method != "POST":
        return _page(request, found)
    now = clock.now()
    limits.require(f"workflow-step:{guard.visitor(request)}", limit=600, seconds=HOUR, now=now)
    plan = queries.plan_of_version(found.version_id)
    step = step_of(plan, found.step)
    seq = posted_id(request.POST.get("seq", ""))
    try:
        if request.POST.get("do") == "person":
            return _person(request, found, step)
        if request.POST.get("do") == "back":
            operations.go_back(run=found, actor=_who(request), now=now, seq=seq)
        elif seq == found.seq and found.state == "running":
            answers = _answers(request, found, step)
            operations.advance(run=found, answers=answers, actor=_who(request), now=now, seq=seq)
    except Conflict as error:
        messages.warning(request, str(error.message))
    except RateLimited as error:
        return _page(request, found, refusal=_wait(error), data=request.POST, status=429)
    except InvalidInput as error:
        errors = dict(error.details.get("errors") or {error.field: str(error.message)})
        known = {str(asked.get("key")) for asked in step.inputs}
        refusal = "" if known & set(errors) else str(error.message)
        return _page(request, found, errors=errors, refusal=refusal, data=request.POST, status=422)
    except HospesError as error:
        return _page(request, found, refusal=str(error.message), data=request.POST, status=error.status)
    return _to(found)


def _wait(error: RateLimited) -> str:
    return _("Too many tries. Please wait %(minutes)s min, or talk to a person.") % {
        "minutes": guard.minutes_left(error)
    }


def _answers(request: PortalRequest, found: WorkflowRun, step: Step) -> dict[str, Any]:
    """What the form says, with the files it brought; files that were given before stay when none are sent anew."""
    prefix = f"r{found.pk}"
    answers = shown.answers_in(step, request.POST, prefix)
    for asked in step.inputs:
        if asked.get("kind") != "file":
            continue
        key = str(asked.get("key"))
        sent = [f for f in request.FILES.getlist(f"{prefix}-{key}") if isinstance(f, UploadedFile) and f.size]
        if sent:
            answers[key] = _keep(found, sent, key)
        elif key in found.answers:
            answers[key] = found.answers[key].get("value")
    return answers


def _keep(found: WorkflowRun, files: list[uploads.Uploaded], key: str) -> list[dict[str, Any]]:
    try:
        uploads.check(files)
    except HospesError as error:
        raise InvalidInput(str(error.message), field=key) from None
    owner = Actor(kind="system", id=found.pk, via="workflow")
    kept = []
    for file in files:
        stored = tickets.upload(
            name=file.name or "",
            content_type=file.content_type or "",
            content=file.read(),
            actor=owner,
            now=clock.now(),
        )
        kept.append({"token": stored.token, "name": stored.name, "size": stored.size, "type": stored.content_type})
    return kept


def _person(request: PortalRequest, found: WorkflowRun, step: Step) -> HttpResponse:
    """A person is wanted: first a page for what they still want to say, and for the address when nobody knows it."""
    words, email = request.POST.get("words"), request.POST.get("email", "")
    if words is None:  # the button of a step: what is typed in it already is kept for the person
        return _page(request, found, template="person", data=request.POST)
    try:
        answers = shown.answers_in(step, request.POST, f"r{found.pk}")
        operations.ask_for_person(
            run=found,
            actor=_who(request),
            now=clock.now(),
            answers=answers,
            words=words,
            email=email,
            name=request.POST.get("name", ""),
        )
    except InvalidInput as error:
        return _page(request, found, template="person", data=request.POST, refusal=str(error.message), status=422)
    return _to(found)


def _page(
    request: PortalRequest,
    found: WorkflowRun,
    *,
    data: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: str = "",
    template: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    current = shown.show(found, language=_language(), now=now, data=data, errors=errors)
    context: dict[str, Any] = {
        "run": found,
        "shown": current,
        "refusal": refusal,
        "summary": shown.summary_of(found, language=_language(), now=now),
        "files": _file_names(found),
        "need_email": found.customer_id is None and not any("@" in str(a.get("value")) for a in found.answers.values()),
        "typed": [(name, value) for name, values in data.lists() for value in values if name.startswith("r")]
        if data is not None
        else [],
        "words": (data.get("words") or "") if data is not None else "",
        "email": (data.get("email") or "") if data is not None else "",
        "signed_in": request.customer is not None,
    }
    names = {"running": "step", "calling": "calling", "waiting": "waiting", "handed_over": "given", "ended": "ended"}
    name = template if template and found.state in {"running", "waiting", "calling"} else names[found.state]
    return _private(render(request, f"portal/workflows/{name}.html", context, status=status))


def _file_names(found: WorkflowRun) -> dict[str, str]:
    return {
        key: ", ".join(str(one.get("name")) for one in kept["value"] if isinstance(one, dict))
        for key, kept in found.answers.items()
        if isinstance(kept.get("value"), list) and any(isinstance(one, dict) for one in kept["value"])
    }
