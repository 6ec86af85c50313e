"""One update on one ticket: the message in the customer's language, and the ticket solved with it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.incidents.models import Incident, IncidentTicket, IncidentUpdate, Telling
from hospes.incidents.policies import chosen_language, may_solve
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Participant, Ticket
from hospes.tickets.operations.notices import JUST_NOW
from hospes.tickets.policies import may_answer_automatically
from hospes.tickets.queries.setup import is_own_address

WAITS_AT_MOST = 20  # tries of a newcomer who was only just answered


def tell_on_ticket(telling: Telling, *, now: datetime) -> None:
    """Write the message and mark the row, in the caller's transaction. Nothing is sent to machines, to ourselves, on
    spam, on a ticket that was taken off, or where the customer heard it already."""
    found = Ticket.objects.select_related("inbox", "customer", "merged_into").get(pk=telling.ticket_id or 0)
    if found.merged_into_id is not None and not _follow(telling, found.merged_into_id, now=now):
        return
    ticket = (
        found
        if found.pk == telling.ticket_id
        else Ticket.objects.select_related("inbox").get(pk=telling.ticket_id or 0)
    )
    incident = Incident.objects.get(pk=telling.incident_id)
    update = IncidentUpdate.objects.get(pk=telling.update_id) if telling.update_id else None
    place = IncidentTicket.objects.filter(incident=incident, ticket__in=[found.pk, ticket.pk], unlinked_at=None).first()
    if place is None:
        _done(telling, Telling.State.SKIPPED, "unlinked", now=now)
        return
    reason = "quiet" if telling.quiet else _why_not(telling, ticket, now=now)
    if reason == "wait":
        return
    if not reason:
        message = _write(telling, ticket, incident, update, now=now)
        telling.message_id = message.pk
    if update is not None and update.solve:
        _solve(ticket, place, update, now=now)
    _done(telling, Telling.State.SKIPPED if reason else Telling.State.SENT, reason, now=now)


def _follow(telling: Telling, into_id: int, *, now: datetime) -> bool:
    """The talk went on elsewhere: tell it there, unless it is told there anyway."""
    customer = Ticket.objects.values_list("customer_id", flat=True).get(pk=into_id)
    others = Telling.objects.filter(incident=telling.incident_id, update=telling.update_id).exclude(pk=telling.pk)
    theirs = others.filter(ticket__customer=customer, quiet=False).exclude(state="skipped")
    if others.filter(ticket=into_id).exists() or theirs.exists():
        _done(telling, Telling.State.SKIPPED, "merged", now=now)
        return False
    telling.ticket_id = into_id
    return True


def _why_not(telling: Telling, ticket: Ticket, *, now: datetime) -> str:
    """Why nothing may be sent; "" when it may, "wait" when only later."""
    requester = Participant.objects.filter(ticket=ticket, kind="requester", removed_at=None).first()
    if requester is None:
        return "no address"
    first = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING).order_by("id").first()
    machine = first is not None and first.auto_kind not in {"", "list"}
    lately = tickets.answered_automatically(requester.key, now=now) if telling.newcomer else []
    signs = {"automatic": machine, "own_address": is_own_address(requester.address), "spam": ticket.spam}
    if not may_answer_automatically(**signs, answers_lately=0):
        return "machine" if machine else "spam" if ticket.spam else "own address"
    if may_answer_automatically(
        **signs, answers_lately=len(lately), just_answered=any(at > now - JUST_NOW for at in lately)
    ):
        return ""
    if telling.attempts >= WAITS_AT_MOST:
        return "answered often"
    telling.attempts += 1
    telling.next_try_at = now + (JUST_NOW if len(lately) < 3 else timedelta(minutes=10))
    telling.save(update_fields=["attempts", "next_try_at", "ticket"])
    return "wait"


def _write(
    telling: Telling, ticket: Ticket, incident: Incident, update: IncidentUpdate | None, *, now: datetime
) -> Message:
    own = ticket.language if ticket.language in dict(settings.LANGUAGES) else ticket.inbox.language
    language = chosen_language(update.texts, own) if update else own
    with translation.override(language):
        text = letter(ticket, update.texts[language] if update else "", newcomer=telling.newcomer)
    telling.language = language
    return tickets.reply(
        ticket=ticket,
        actor=Actor(kind="system", name=ticket.inbox.name, via="rule"),
        now=now,
        text=text,
        automatic=True,
        subject=incident.called(language),
    )


def letter(ticket: Ticket, words: str, *, newcomer: bool) -> str:
    """The message in the active language. Nothing of it was chosen by whoever wrote to us."""
    lines = [_("Hello,"), ""]
    if not words:
        lines += [_("We know about this problem and are working on it. We will write to you as soon as we know more.")]
    elif newcomer:
        # Translators: before what we told all customers of an outage last
        lines += [_("We know about this problem. This is how far we are:"), "", words]
    else:
        lines += [words]
    lines += ["", _("The number of your request is #%(number)s.") % {"number": ticket.shown_number}]
    lines += [_("If you would like to add something, simply answer this message."), "", ticket.inbox.name]
    return "\n".join(lines)


def _solve(ticket: Ticket, place: IncidentTicket, update: IncidentUpdate, *, now: datetime) -> None:
    ticket.refresh_from_db()
    later = Message.objects.filter(
        ticket=ticket, kind=Message.Kind.INCOMING, automatic=False, created_at__gt=place.linked_at
    )
    if may_solve(
        active=ticket.active,
        keep_open=place.keep_open,
        asked_since=update.leave_asked and later.exists(),
        leave_asked=update.leave_asked,
    ):
        actor = Actor(kind="system", name=ticket.inbox.name, via="rule")
        tickets.change_ticket(ticket=ticket, actor=actor, now=now, status="solved")


def _done(telling: Telling, state: str, reason: str, *, now: datetime) -> None:
    telling.state, telling.reason, telling.done_at = state, reason, now
    telling.save(update_fields=["state", "reason", "done_at", "language", "message_id", "ticket", "attempts"])
