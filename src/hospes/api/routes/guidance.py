"""Guidance over HTTP: ready answers for a ticket, playbooks, refusals of service; the desk's own operations."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from hospes.api import outputs, shapes
from hospes.api.door import ApiRequest
from hospes.api.inputs import Id, LanguageCode, Moment, Name, PageQuery, Strict, Words
from hospes.core import clock
from hospes.core.errors import InvalidInput
from hospes.core.html import html_to_text
from hospes.core.paging import by_id
from hospes.guidance import operations, queries
from hospes.guidance.models import Kind, Refusal
from hospes.guidance.queries.playbooks import PARTS
from hospes.tickets import operations as ticket_operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Macro, Ticket
from hospes.tickets.queries import screen

router = Router(tags=["guidance"])

StateName = Literal["asked", "approved", "declined", "withdrawn", "appealed", "ended"]
ReasonName = Literal["threat", "insults", "harassment", "hate", "fraud"]
KindName = Literal["unsure", "knows_better", "rude", "offended"]
StepName = Literal["approve", "decline", "withdraw", "appeal", "keep", "lift", "end"]


class Suggested(BaseModel):
    """A ready answer for a ticket. `fell_back` says that it is in another language than the ticket; `why` are
    "words", "used", "conditions"."""

    macro: outputs.MacroOut
    fell_back: bool
    why: list[str]
    shared_words: list[str]


class SuggestedList(BaseModel):
    """Ready answers for a ticket, best first."""

    items: list[Suggested]


class UseMacro(Strict):
    """Give `macro_id`, or a `situation`, of which the form that suits the ticket's language and channel is taken."""

    macro_id: Id | None = None
    situation: Name = ""


class MacroApplied(BaseModel):
    """What a ready answer says on a ticket. Its changes are made; nothing is sent: give `html` to the reply."""

    macro_id: int
    html: str
    text: str
    fell_back: bool


class PlaybookOut(BaseModel):
    """A playbook. `version` is 0 for the one that Hospes brings."""

    kind: KindName
    language: str
    version: int
    signs: list[str]
    do: list[str]
    do_not: list[str]
    sentences: list[str]


class PlaybookList(BaseModel):
    """The four playbooks in one language."""

    items: list[PlaybookOut]


class RefusalOut(BaseModel):
    """A refusal of service."""

    id: int
    ticket: str
    customer_id: int
    state: StateName
    reason: ReasonName
    words: str
    evidence: list[int]
    warning_id: int | None
    scope: Literal["all", "channel"]
    channel: str
    until: datetime | None
    asked_by_id: int | None
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    decision: str
    appeal: str
    appeal_decision: str
    ended_at: datetime | None


class RefusalPage(BaseModel):
    """Refusals, newest first."""

    items: list[RefusalOut]
    next: str | None


class AskRefusal(Strict):
    """`evidence` are messages of the customer, `warning_id` the answer that warned them (not for a threat)."""

    reason: ReasonName
    words: Words
    evidence: Annotated[list[Id], Field(min_length=1, max_length=50)]
    warning_id: Id | None = None
    scope: Literal["all", "channel"] = "all"
    until: Moment | None = None


class TakeStep(Strict):
    """The next step. `message` is what the customer is told when it is approved; empty takes the usual words."""

    step: StepName
    words: Words = ""
    message: Words = ""


class PlaybookQuery(Strict):
    """In which language."""

    language: LanguageCode = "en"


def macro_shape(macro: Macro) -> dict[str, Any]:
    """A ready answer as the API gives it."""
    names = ("name", "body_html", "language", "situation", "channel", "conditions", "sharing", "actions")
    return {"id": macro.pk, **{name: getattr(macro, name) for name in names}}


@router.get("/tickets/{number}/macros", response=SuggestedList, summary="Ready answers for a ticket")
def suggested(request: ApiRequest, number: str) -> HttpResponse:
    """Those whose conditions hold, best first, one for each situation."""
    request.actor.require("desk.enter")
    ticket = screen.ticket_for_pane(request.actor, tickets.get_ticket(request.actor, number).number)
    found = queries.suggestions(ticket=ticket, actor=request.actor, now=clock.now())
    return shapes.respond(
        {
            "items": [
                {
                    "macro": macro_shape(one.macro),
                    "fell_back": one.fell_back,
                    "why": list(one.ranked.why),
                    "shared_words": list(one.ranked.shared),
                }
                for one in found
            ]
        }
    )


@router.post("/tickets/{number}/macro", response=MacroApplied, summary="Apply a macro")
def apply(request: ApiRequest, number: str, data: UseMacro) -> HttpResponse:
    """Make its changes and get its words, filled in. Nothing is sent."""
    request.actor.require("ticket.note")
    ticket = screen.ticket_for_pane(request.actor, tickets.get_ticket(request.actor, number).number)
    macro, fell_back = _chosen(request, ticket, data)
    html = ticket_operations.apply_macro(macro=macro, ticket=ticket, actor=request.actor, now=clock.now())
    return shapes.respond({"macro_id": macro.pk, "html": html, "text": html_to_text(html), "fell_back": fell_back})


def _chosen(request: ApiRequest, ticket: Ticket, data: UseMacro) -> tuple[Macro, bool]:
    if (data.macro_id is None) == (not data.situation):
        raise InvalidInput(_("Give macro_id or situation."), field="macro_id")
    if data.macro_id is not None:
        found = screen.get_macro(request.actor, data.macro_id)
        if found is None:
            raise InvalidInput(_("There is no such macro."), field="macro_id")
        return found, bool(ticket.language) and found.language not in {"", ticket.language}
    named = tickets.macros_for(request.actor).filter(situation__iexact=data.situation.strip())
    best = tickets.best_variants(named, ticket)
    if not best:
        raise InvalidInput(_("There is no macro for this situation."), field="situation")
    return best[0]


@router.get("/playbooks", response=PlaybookList, summary="List playbooks")
def list_playbooks(request: ApiRequest, wanted: Query[PlaybookQuery]) -> HttpResponse:
    """The four of them in one language."""
    request.actor.require("desk.enter")
    if wanted.language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("Choose one of the languages."), field="language")
    found = queries.playbooks([(kind, wanted.language) for kind in Kind.values])
    items = [
        {
            "kind": p.kind,
            "language": p.language,
            "version": p.version,
            **{part: list(getattr(p, part)) for part in PARTS},
        }
        for p in found.values()
    ]
    return shapes.respond({"items": items})


def _refusal(row: Refusal) -> dict[str, Any]:
    names = (
        "customer_id", "state", "reason", "words", "evidence", "warning_id", "scope", "channel", "asked_by_id",
        "decided_by_id", "decision", "appeal", "appeal_decision",
    )  # fmt: skip
    moments = {name: shapes.stamp(getattr(row, name)) for name in ("until", "asked_at", "decided_at", "ended_at")}
    return {"id": row.pk, "ticket": row.ticket.number, **{name: getattr(row, name) for name in names}, **moments}


@router.get("/refusals", response=RefusalPage, summary="List refusals of service")
def list_refusals(request: ApiRequest, wanted: Query[PageQuery]) -> HttpResponse:
    """Those on tickets that the token's owner may see."""
    request.actor.require("refusal.ask")
    page, following = by_id(
        queries.refusals(request.actor), cursor=wanted.cursor, limit=wanted.limit, newest_first=True
    )
    return shapes.page([_refusal(row) for row in page], following)


@router.post("/tickets/{number}/refusals", response={201: RefusalOut}, summary="Ask to refuse service")
def ask(request: ApiRequest, number: str, data: AskRefusal) -> HttpResponse:
    """A lead decides on it; until then nothing changes for the customer."""
    ticket = tickets.get_ticket(request.actor, number)
    made = operations.ask_refusal(
        ticket=ticket,
        reason=data.reason,
        words=data.words,
        evidence=data.evidence,
        warning_id=data.warning_id,
        scope=data.scope,
        until=data.until,
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(_refusal(queries.get_refusal(request.actor, made.pk)), status=201)


@router.post("/refusals/{int:refusal_id}/step", response=RefusalOut, summary="Take a step on a refusal of service")
def step(request: ApiRequest, refusal_id: int, data: TakeStep) -> HttpResponse:
    """Approving tells the customer. Nobody decides on what they asked for, nor on an appeal against themselves."""
    refusal = queries.get_refusal(request.actor, refusal_id)
    operations.take_step(
        refusal=refusal, step=data.step, words=data.words, message=data.message, actor=request.actor, now=clock.now()
    )
    return shapes.respond(_refusal(queries.get_refusal(request.actor, refusal_id)))
