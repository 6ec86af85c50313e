"""The customer is told who has their request now: once for each hand-over, in their language."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.routing.models import HandOver
from hospes.routing.queries.escalation import tells
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Participant, Ticket
from hospes.tickets.operations.base import lock_where_it_went
from hospes.tickets.operations.notices import answered_automatically, greeting
from hospes.tickets.policies import may_answer_automatically
from hospes.tickets.queries.setup import is_own_address

# Hand-overs are ours and not answers to mail, so they cannot loop; a chain that is set up badly still ends here.
MOST_AN_HOUR = 6


@transaction.atomic
def tell_customer(*, hand_over_id: int, now: datetime) -> Message | None:
    """Write to the customer who has it now, that nothing need be said again, and by when they hear from us. Nothing
    when the setting says no, for machines and spam, or when the last mail of this kind named the same holder."""
    ticket_id = HandOver.objects.filter(pk=hand_over_id).values_list("ticket_id", flat=True).first()
    if ticket_id is None:
        return None
    ticket = lock_where_it_went(ticket_id)
    made = HandOver.objects.select_related("to_team", "to_agent", "policy").get(pk=hand_over_id)
    if made.told_message_id or not made.tell or not ticket.active or not tells(ticket, made.to_team_id):
        return None
    if _told_last(made) or not _may_write(ticket, now=now):
        return None
    language = ticket.language if ticket.language in dict(settings.LANGUAGES) else ticket.inbox.language
    with translation.override(language):
        text, subject = _text(ticket, made, now=now), _subject(made)
    actor = Actor(kind="system", name=ticket.inbox.name, via="rule")
    message = tickets.reply(ticket=ticket, actor=actor, now=now, text=text, subject=subject, automatic=True)
    HandOver.objects.filter(pk=made.pk).update(told_message_id=message.pk)
    return message


def _told_last(made: HandOver) -> bool:
    """Whether the customer knows already that this holder has it."""
    told = HandOver.objects.filter(ticket=made.ticket, told_message_id__isnull=False).order_by("-id").first()
    return told is not None and (told.to_team_id, told.to_agent_id) == (made.to_team_id, made.to_agent_id)


def _may_write(ticket: Ticket, *, now: datetime) -> bool:
    place = Participant.objects.filter(ticket=ticket, kind="requester", removed_at=None).first()
    if place is None or "@" not in place.address:
        return False
    said = Message.objects.filter(ticket=ticket, kind=Message.Kind.INCOMING)
    return may_answer_automatically(
        automatic=said.exists() and not said.filter(automatic=False).exists(),
        own_address=is_own_address(place.address),
        spam=ticket.spam,
        answers_lately=len(answered_automatically(place.key, now=now)),
        cap=MOST_AN_HOUR,
    )


def _holder(made: HandOver) -> str:
    return made.to_agent.name if made.to_agent is not None else made.to_team.name if made.to_team is not None else ""


def _subject(made: HandOver) -> str:
    # Translators: subject of the automatic mail to a customer; %(name)s is a team or a person
    return _("%(name)s has your request now") % {"name": _holder(made)}


def _text(ticket: Ticket, made: HandOver, *, now: datetime) -> str:
    """Never a word that came from outside: anybody can write to us in another's name."""
    name = {"name": _holder(made), "number": ticket.shown_number}
    lines = [greeting(ticket), ""]
    if made.kind == HandOver.Kind.ON_CALL:
        lines.append(_("%(name)s, a manager, has your request #%(number)s now.") % name)
    else:
        lines.append(_("Our team “%(name)s” has your request #%(number)s now.") % name)
    lines.append(_("They have all that you told us. You need not tell it again."))
    responsible = ticket.responsible
    if responsible is not None and responsible.is_active and responsible.pk != made.to_agent_id:
        lines.append(_("%(name)s stays responsible for it.") % {"name": responsible.name})
    until = next((at for at in (made.promised_until, ticket.due_at, ticket.promised_at) if at and at > now), None)
    if until is not None:
        zone = timezone.get_default_timezone()
        when = formats.date_format(until.astimezone(zone), "DATETIME_FORMAT")
        lines.append(_("You will hear from us by %(when)s at the latest.") % {"when": f"{when} ({zone})"})
    lines += ["", _("If you would like to add something, simply answer this e-mail."), "", ticket.inbox.name]
    return "\n".join(lines)
