"""Workflows: which there are, starting one, moving a run on."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Id, LanguageCode, Number, PageQuery, Strict
from hospes.api.outputs import PublicId
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.paging import by_id
from hospes.customers import queries as customers
from hospes.tickets import queries as tickets
from hospes.workflows import operations, queries, shown
from hospes.workflows.models import WorkflowRun
from hospes.workflows.operations.knowing import Knowledge
from hospes.workflows.policies.texts import say

router = Router(tags=["workflows"])
Key = Annotated[str, Field(max_length=80, pattern=r"^[a-z0-9_-]+$")]


class StartIn(Strict):
    """On a ticket, or for a customer."""

    workflow: Key
    ticket: Number | None = None
    customer_id: Id | None = None
    language: LanguageCode = ""


class AdvanceIn(Strict):
    """Answers by key. Give `seq` back to be refused when the run moved meanwhile."""

    answers: Annotated[dict[Annotated[str, Field(max_length=80)], Any], Field(max_length=50)] = {}
    seq: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None


class WorkflowOut(BaseModel):
    """A published workflow. `open_to` tells who may start it: agents, customers or guests."""

    id: PublicId
    key: str
    name: str
    group: str
    open_to: str
    version: int
    definition: dict[str, Any]


class WorkflowPage(BaseModel):
    """A page of workflows, by id."""

    items: list[WorkflowOut]
    next: str | None


class QuestionOut(BaseModel):
    """What the step asks. `known` tells that the answer is filled in already."""

    key: str
    kind: str
    label: str
    required: bool
    choices: list[list[str]]
    known: bool


class RunOut(BaseModel):
    """A run and the step at which it stands."""

    id: PublicId
    workflow: str
    version: int
    state: str
    outcome: str
    step: str
    seq: int
    channel: str
    ticket: str | None
    customer_id: PublicId | None
    title: str
    text: str
    questions: list[QuestionOut]
    answers: dict[str, Any]
    started_at: datetime
    ended_at: datetime | None


def _shape(run: WorkflowRun) -> dict[str, Any]:
    language, now = translation.get_language() or "en", clock.now()
    step = shown.show(run, language=language, now=now)
    knowledge = Knowledge(run, queries.plan_of_version(run.version_id), now=now)
    known = {field.name for field in step.known} if step else set()
    questions = [
        {
            "key": str(asked.get("key")),
            "kind": str(asked.get("kind")),
            "label": say(asked.get("label"), language, fallback=knowledge.plan.language).text,
            "required": bool(asked.get("required", True)),
            "choices": [[value, label] for value, label in knowledge.options(asked, language)],
            "known": str(asked.get("key")) in known,
        }
        for asked in (step.step.inputs if step and run.ended_at is None else ())
    ]
    return {
        "id": run.pk,
        "workflow": run.workflow.key,
        "version": run.version.number,
        "state": run.state,
        "outcome": run.outcome,
        "step": run.step,
        "seq": run.seq,
        "channel": run.channel,
        "ticket": run.ticket.number if run.ticket else None,
        "customer_id": run.customer_id,
        "title": str(step.title) if step else "",
        "text": str(step.text) if step else "",
        "questions": questions,
        "answers": {key: kept.get("value") for key, kept in run.answers.items()},
        "started_at": shapes.stamp(run.started_at),
        "ended_at": shapes.stamp(run.ended_at),
    }


@router.get("/workflows", response=WorkflowPage, summary="List workflows")
def list_workflows(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Published ones, by id."""
    request.actor.require("workflow.run")
    found = queries.workflows().filter(published__isnull=False)
    page, following = by_id(found, cursor=wanted.cursor, limit=wanted.limit)
    items = [
        {
            "id": one.pk,
            "key": one.key,
            "name": one.name,
            "group": one.group,
            "open_to": one.open_to,
            "version": one.published.number,
            "definition": one.published.definition,
        }
        for one in page
        if one.published is not None
    ]
    return shapes.page(items, following)


@router.post("/workflow-runs", response={201: RunOut}, summary="Start a workflow")
def start_run(request: ApiRequest, given: StartIn) -> HttpResponse:
    """On a ticket (the run that it has already is answered) or for a customer."""
    actor = request.actor
    actor.require("workflow.run")
    ticket = tickets.get_ticket(actor, given.ticket) if given.ticket else None
    customer = customers.get_customer(actor, given.customer_id) if given.customer_id and not ticket else None
    if ticket is None and customer is None:
        raise InvalidInput(_("Give a ticket or a customer."), field="ticket")
    run = operations.start_run(
        workflow=queries.published_by_key(given.workflow),
        ticket=ticket,
        customer=customer,
        actor=actor,
        now=clock.now(),
        language=given.language,
    )
    return shapes.respond(_shape(queries.get_run(actor, run.pk)), status=201)


@router.get("/workflow-runs/{int:run_id}", response=RunOut, summary="Get a run")
def get_run(request: ApiRequest, run_id: int) -> HttpResponse:
    """With the step at which it stands, and what that asks."""
    return shapes.respond(_shape(queries.get_run(request.actor, run_id)))


@router.post("/workflow-runs/{int:run_id}/advance", response=RunOut, summary="Answer a step")
def advance_run(request: ApiRequest, run_id: int, given: AdvanceIn) -> HttpResponse:
    """Answers the step and goes on to the next one at which somebody is asked or something is waited for."""
    actor = request.actor
    actor.require("workflow.run")
    run = queries.get_run(actor, run_id)
    run = operations.advance(run=run, answers=given.answers, actor=actor, now=clock.now(), seq=given.seq)
    return shapes.respond(_shape(queries.get_run(actor, run.pk)))
