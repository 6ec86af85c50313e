"""Refusal of service: asked for, decided by somebody else, told to the customer, kept, appealed, ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.queries import same_person
from hospes.guidance import events
from hospes.guidance.models import Refusal
from hospes.guidance.policies import refusals as policy
from hospes.guidance.queries.refusals import in_force_for
from hospes.staff.policies import RIGHTS
from hospes.staff.queries import active_agents
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations.base import lock_ticket

HELD_TAG = "service refused"
DECIDERS = tuple(role for role, rights in RIGHTS.items() if "refusal.decide" in rights)


def _about(refusal: Refusal, ticket: Ticket) -> dict[str, Any]:
    return {
        "ticket_id": ticket.pk,
        "team_id": ticket.team_id,
        "assignee_id": ticket.assignee_id,
        "refusal_id": refusal.pk,
        "customer_id": refusal.customer_id,
    }


def _lock(refusal: Refusal, actor: Actor, *, right: str) -> tuple[Refusal, Ticket]:
    ticket = lock_ticket(Ticket(pk=refusal.ticket_id), actor, right=right)
    found = Refusal.objects.select_for_update().filter(pk=refusal.pk).first()
    if found is None:
        raise NotFound
    return found, ticket


@transaction.atomic
def ask_refusal(
    *,
    ticket: Ticket,
    reason: str,
    words: str,
    evidence: Sequence[int],
    actor: Actor,
    now: datetime,
    warning_id: int | None = None,
    scope: str = "all",
    until: datetime | None = None,
) -> Refusal:
    """Ask a lead to refuse service to a ticket's customer. Raises InvalidInput for what the policy lacks, Conflict
    when one is asked for or in force already."""
    ticket = lock_ticket(ticket, actor, right="refusal.ask")
    if scope not in Refusal.Scope.values:
        raise InvalidInput(_("Choose what is refused."), field="scope")
    words = storable(words).strip()[:4000]
    request = policy.Request(reason, words, tuple(dict.fromkeys(evidence)), warning_id, until)
    policy.check_request(request, reasons=Refusal.Reason.values, now=now)
    warning = _check_messages(ticket, request)
    try:
        with transaction.atomic():
            refusal = Refusal.objects.create(
                ticket=ticket,
                customer_id=same_person(ticket.customer_id)[0],
                reason=reason,
                words=words,
                evidence=list(request.evidence),
                warning=warning,
                scope=scope,
                channel=ticket.channel if scope == Refusal.Scope.CHANNEL else "",
                until=until,
                asked_by_id=actor.id if actor.kind == "agent" else None,
                asked_at=now,
            )
    except IntegrityError:
        raise Conflict(_("For this customer a refusal is asked for or in force already.")) from None
    emit(events.RefusalAsked(**_about(refusal, ticket), reason=reason), actor=actor, now=now)
    return refusal


def _check_messages(ticket: Ticket, request: policy.Request) -> Message | None:
    """The warning, which must be one of our answers to this customer; the evidence must be what they wrote."""
    people = same_person(ticket.customer_id)
    theirs = Message.objects.filter(
        pk__in=request.evidence, kind=Message.Kind.INCOMING, ticket__customer_id__in=people
    ).count()
    if theirs != len(request.evidence):
        raise InvalidInput(_("Only messages of this customer can show it."), field="evidence")
    if request.warning_id is None:
        return None
    warning = (
        Message.objects.filter(pk=request.warning_id, kind=Message.Kind.REPLY, automatic=False)
        .filter(ticket__customer_id__in=people)
        .exclude(delivery__in=[Message.Delivery.FAILED, Message.Delivery.BOUNCED])
        .first()
    )
    if warning is None:
        raise InvalidInput(_("Choose one of our answers to this customer as the warning."), field="warning")
    return warning


@transaction.atomic
def decide_refusal(
    *, refusal: Refusal, approve: bool, words: str, actor: Actor, now: datetime, message: str = ""
) -> Refusal:
    """Approve, which tells the customer, or decline. `words` are the reason for colleagues, `message` what the
    customer is told (`notice_text` when empty). Nobody decides on what they asked for."""
    refusal, ticket = _lock(refusal, actor, right="refusal.decide")
    if not policy.may_decide(asked_by=refusal.asked_by_id, decides=actor.own_id):
        raise NotAllowed(_("Somebody else has to decide on what you asked for."))
    words = storable(words).strip()[:4000]
    if not words:
        raise InvalidInput(_("Say why you decide so."), field="words")
    refusal.state = policy.next_state(refusal.state, "approve" if approve else "decline")
    refusal.decided_by_id = actor.id if actor.kind == "agent" else None
    refusal.decided_at, refusal.decision = now, words
    if not approve:
        refusal.save()
        emit(events.RefusalDeclined(**_about(refusal, ticket), words=words[:200]), actor=actor, now=now)
        return refusal
    if refusal.until is not None and refusal.until <= now:
        raise InvalidInput(_("The end that was asked for has passed. Decline, and ask anew."), field="until")
    refusal.told = tickets.reply(ticket=ticket, text=message.strip() or notice_text(refusal), actor=actor, now=now)
    refusal.save()
    ticket.refresh_from_db()
    until = refusal.until.isoformat() if refusal.until else ""
    emit(events.RefusalApproved(**_about(refusal, ticket), reason=refusal.reason, until=until), actor=actor, now=now)
    return refusal


def notice_text(refusal: Refusal) -> str:
    """What the customer is told, in their language: politely, with the reason, the end, and the way to complain."""
    ticket = refusal.ticket
    known = dict(settings.LANGUAGES)
    language = ticket.language if ticket.language in known else ticket.inbox.language
    with translation.override(language if language in known else settings.LANGUAGE_CODE):
        name = ticket.customer.name
        # Translators: greeting of a mail to a customer
        lines = [_("Hello %(name)s,") % {"name": name} if name else _("Hello,"), ""]
        lines += [_reason_for_customer(refusal.reason), "", _what_is_refused(refusal), ""]
        lines += [
            _(
                "Your messages still arrive and are kept. If you think that this decision is wrong, answer this "
                "message and say why: somebody who did not take the decision will read it."
            )
        ]
        return "\n".join(lines)


def _reason_for_customer(reason: str) -> str:
    said = {
        "threat": _("You threatened somebody who works here. We cannot accept that."),
        "insults": _("You went on insulting the people who work here after we had asked you to stop."),
        "harassment": _(
            "You went on sending messages that harass the people who work here after we had asked you to stop."
        ),
        "hate": _("You attacked somebody for who they are after we had asked you to stop."),
        "fraud": _("We found that what you told us was not true, and had told you what follows from it."),
    }
    return said[reason]


def _what_is_refused(refusal: Refusal) -> str:
    day = formats.date_format(timezone.localtime(refusal.until), "DATE_FORMAT") if refusal.until else ""
    if refusal.scope == Refusal.Scope.CHANNEL:
        if day:
            return _("Therefore we do not answer on this channel until %(day)s.") % {"day": day}
        return _("Therefore we no longer answer on this channel.")
    if day:
        return _("Therefore we do not serve you until %(day)s.") % {"day": day}
    return _("Therefore we no longer serve you.")


@transaction.atomic
def withdraw_refusal(*, refusal: Refusal, actor: Actor, now: datetime) -> Refusal:
    """Take back what one asked for, while nobody has decided."""
    refusal, ticket = _lock(refusal, actor, right="refusal.ask")
    if refusal.asked_by_id != actor.id and not actor.may("refusal.decide"):
        raise NotAllowed(_("Only who asked for it can take it back."))
    refusal.state = policy.next_state(refusal.state, "withdraw")
    refusal.save(update_fields=["state"])
    emit(events.RefusalWithdrawn(**_about(refusal, ticket)), actor=actor, now=now)
    return refusal


@transaction.atomic
def appeal_refusal(*, refusal: Refusal, words: str, actor: Actor, now: datetime) -> Refusal:
    """Take down that the customer complains of the refusal; once."""
    refusal, ticket = _lock(refusal, actor, right="refusal.ask")
    if refusal.appealed_at is not None:
        raise InvalidInput(_("An appeal was decided on already."), field="words")
    words = storable(words).strip()[:4000]
    if not words:
        raise InvalidInput(_("Write what the customer says."), field="words")
    refusal.state = policy.next_state(refusal.state, "appeal")
    refusal.appealed_at, refusal.appeal = now, words
    refusal.save(update_fields=["state", "appealed_at", "appeal"])
    emit(events.RefusalAppealed(**_about(refusal, ticket)), actor=actor, now=now)
    return refusal


@transaction.atomic
def decide_appeal(*, refusal: Refusal, lift: bool, words: str, actor: Actor, now: datetime) -> Refusal:
    """Keep the refusal or lift it: by somebody who neither asked for it nor took the decision."""
    refusal, ticket = _lock(refusal, actor, right="refusal.decide")
    if not policy.may_decide_appeal(
        decided_by=refusal.decided_by_id, asked_by=refusal.asked_by_id, decides=actor.own_id
    ):
        raise NotAllowed(_("Somebody who did not take the decision has to read the appeal."))
    words = storable(words).strip()[:4000]
    if not words:
        raise InvalidInput(_("Say why you decide so."), field="words")
    refusal.state = policy.next_state(refusal.state, "lift" if lift else "keep")
    refusal.appeal_decision = words
    refusal.appeal_decided_by_id = actor.id if actor.kind == "agent" else None
    happened: list[events.RefusalEvent] = [events.RefusalAppealDecided(**_about(refusal, ticket), lifted=lift)]
    if lift:
        refusal.ended_at, refusal.ended_by_id, refusal.end_words = now, refusal.appeal_decided_by_id, words
        happened.append(events.RefusalEnded(**_about(refusal, ticket)))
    refusal.save()
    emit(*happened, actor=actor, now=now)
    return refusal


@transaction.atomic
def end_refusal(*, refusal: Refusal, words: str, actor: Actor, now: datetime) -> Refusal:
    """Serve the customer again, before the date or without one."""
    refusal, ticket = _lock(refusal, actor, right="refusal.decide")
    refusal.state = policy.next_state(refusal.state, "end")
    refusal.ended_at, refusal.end_words = now, storable(words).strip()[:4000]
    refusal.ended_by_id = actor.id if actor.kind == "agent" else None
    refusal.save(update_fields=["state", "ended_at", "ended_by", "end_words"])
    emit(events.RefusalEnded(**_about(refusal, ticket)), actor=actor, now=now)
    return refusal


def take_step(
    *, refusal: Refusal, step: str, actor: Actor, now: datetime, words: str = "", message: str = ""
) -> Refusal:
    """The operation of a step by its name: approve, decline, withdraw, appeal, keep, lift, end."""
    if step in {"approve", "decline"}:
        approve = step == "approve"
        return decide_refusal(refusal=refusal, approve=approve, words=words, message=message, actor=actor, now=now)
    if step in {"keep", "lift"}:
        return decide_appeal(refusal=refusal, lift=step == "lift", words=words, actor=actor, now=now)
    if step == "withdraw":
        return withdraw_refusal(refusal=refusal, actor=actor, now=now)
    if step in {"appeal", "end"}:
        operation = appeal_refusal if step == "appeal" else end_refusal
        return operation(refusal=refusal, words=words, actor=actor, now=now)
    raise InvalidInput(_("Choose what to do."), field="step")


def end_due_refusals(*, now: datetime, limit: int = 50) -> int:
    """End those whose date has come; returns how many."""
    due = list(Refusal.objects.filter(state__in=Refusal.IN_FORCE, until__lte=now).order_by("until")[:limit])
    for refusal in due:
        with transaction.atomic():
            locked, ticket = _lock(refusal, SYSTEM, right="refusal.decide")
            if locked.state not in Refusal.IN_FORCE or locked.until is None or locked.until > now:
                continue
            locked.state, locked.ended_at = "ended", now
            locked.save(update_fields=["state", "ended_at"])
            emit(events.RefusalEnded(**_about(locked, ticket)), actor=SYSTEM, now=now)
    return len(due)


@transaction.atomic
def hold_refused(*, ticket_id: int, message_id: int, now: datetime) -> Refusal | None:
    """Give what a refused customer writes to whoever decided, marked, so that no agent has to answer it. The message
    is kept as every other one. Does nothing for those who are served."""
    ticket = Ticket.objects.select_related("customer").get(pk=ticket_id)
    refusal = in_force_for(ticket.customer_id, channel=ticket.channel, now=now)
    if refusal is None or message_id <= (refusal.told_id or 0):  # what came before they were told is answered
        return None
    leads = active_agents().filter(role__in=DECIDERS)
    lead = leads.filter(pk=refusal.decided_by_id or 0).first() or leads.order_by("id").first()
    changes: dict[str, Any] = {"add_tags": [HELD_TAG]}
    if lead is not None:
        changes["assignee"] = lead
    ticket = tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=now, **changes)
    emit(events.RefusedCustomerWrote(**_about(refusal, ticket), message_id=message_id), actor=SYSTEM, now=now)
    return refusal
