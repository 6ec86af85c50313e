"""Guidance beside a talk: the kind of talk with its reasons and playbook, and a refusal of service when there is one.
Three queries: the signs, the playbooks, the refusal."""

from typing import Any

from django.conf import settings
from django.utils import translation

from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.desk.topics.guidance.shapes import why_words
from hospes.guidance import operations, queries
from hospes.guidance.models import Kind, Refusal
from hospes.guidance.policies.refusals import may_decide, may_decide_appeal
from hospes.tickets.models import Ticket
from hospes.tickets.operations import fill_texts

CLOSED = frozenset({"declined", "withdrawn", "ended"})


def context(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """What the panel prints; nothing for those who only look on."""
    if not request.actor.may("ticket.note"):
        return None
    signs = queries.newest_signs(ticket)
    shown = signs is not None and bool(signs.kind) and signs.dismissed_at is None
    books = _books(request, ticket)
    found: dict[str, Any] = {"playbooks": books, "refusal": _refusal(request, ticket)}
    if signs is not None and shown:
        book = next(one for one in books if one["kind"] == signs.kind)
        found |= {"signs": signs, "book": book, "why": why_words(signs), "percent": round(100 * signs.confidence)}
        found["playbooks"] = [one for one in books if one["kind"] != signs.kind]
    found["may_refuse"] = request.actor.may("refusal.ask") and found["refusal"] is None
    return found


def _books(request: DeskRequest, ticket: Ticket) -> list[dict[str, Any]]:
    """The four playbooks: signs, do and do not in the agent's language, sentences in the customer's."""
    own = (translation.get_language() or "en").partition("-")[0]
    theirs = ticket.language if ticket.language in dict(settings.LANGUAGES) else ticket.inbox.language
    found = queries.playbooks([(kind, language) for kind in Kind.values for language in (own, theirs)])
    books = []
    for kind in Kind.values:
        mine, words = found[kind, own], found[kind, theirs]
        sentences = fill_texts(
            words.sentences, language=theirs, ticket=ticket, actor=request.actor, now=clock.now(), html=False
        )
        books.append(
            {"kind": kind, "label": mine.label, "do": mine.do, "do_not": mine.do_not, "signs": mine.signs,
             "sentences": sentences, "language": words.language}
        )  # fmt: skip
    return books


def _refusal(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    refusal = queries.current_for(ticket)
    if refusal is None or refusal.state in CLOSED:
        return None
    actor, decides = request.actor, request.actor.may("refusal.decide")
    refusal_ticket_is_this = refusal.ticket_id == ticket.pk
    if refusal_ticket_is_this:
        refusal.ticket = ticket
    asked = refusal.state == Refusal.State.ASKED
    return {
        "row": refusal,
        "in_force": refusal.state in Refusal.IN_FORCE,
        "here": refusal_ticket_is_this,
        "notice": operations.notice_text(refusal) if asked and refusal_ticket_is_this else "",
        "may_decide": asked and decides and may_decide(asked_by=refusal.asked_by_id, decides=actor.own_id),
        "may_withdraw": asked and (refusal.asked_by_id == actor.id or decides),
        "may_appeal": refusal.state == "approved" and refusal.appealed_at is None and actor.may("refusal.ask"),
        "may_hear": refusal.state == "appealed"
        and decides
        and may_decide_appeal(decided_by=refusal.decided_by_id, asked_by=refusal.asked_by_id, decides=actor.own_id),
        "may_end": refusal.state in Refusal.IN_FORCE and decides,
    }
