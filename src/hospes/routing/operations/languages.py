"""A ticket's language is looked at again while little was said, unless somebody set it by hand."""

from datetime import datetime
from typing import Final

from hospes.core.models import EventRow
from hospes.routing.operations.giving import ROUTER
from hospes.tickets.language import identify
from hospes.tickets.models import Message, Ticket
from hospes.tickets.operations import change_ticket

MOST_MESSAGES: Final = 6
CLEAR: Final = 0.85


def learn_language(*, ticket_id: int, message_id: int, now: datetime) -> bool:
    """A later message may tell the language that the first, short one did not; returns whether it was changed."""
    ticket = Ticket.objects.filter(pk=ticket_id).first()
    text = Message.objects.filter(pk=message_id, kind=Message.Kind.INCOMING).values_list("text", flat=True).first()
    if ticket is None or not text or ticket.message_count > MOST_MESSAGES:
        return False
    found = identify(text, prior=ticket.language)
    if found.language in {"", ticket.language} or found.score < CLEAR or found.why not in {"text", "script"}:
        return False
    if set_by_hand(ticket_id):
        return False
    change_ticket(ticket=ticket, actor=ROUTER, now=now, language=found.language)
    return True


def set_by_hand(ticket_id: int) -> bool:
    """Whether a person ever chose this ticket's language."""
    return EventRow.objects.filter(
        subject="ticket", subject_id=ticket_id, name="TicketChanged", actor_kind="agent", data__field="language"
    ).exists()
