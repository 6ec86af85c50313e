"""What the guidance room does because of what happened on tickets."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.guidance.operations import refusals, signs, uses
from hospes.tickets import events
from hospes.tickets.models import Ticket


@subscribe(events.MessageReceived)
def read_signs_of_message(happened: Happened) -> None:
    """Each message of a customer is read once; its tone also tells what came of the answers before it."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if event.automatic:
        return
    found = signs.read_message(message_id=event.message_id, now=now())
    if found is not None:
        uses.note_tone(signs=found)


@subscribe(events.MessageReceived)
def hold_refused_message(happened: Happened) -> None:
    """What a refused customer writes goes to whoever decided."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if not event.automatic:
        refusals.hold_refused(ticket_id=event.ticket_id, message_id=event.message_id, now=now())


@subscribe(events.MacroUsed)
def note_use_of_macro(happened: Happened) -> None:
    """A ready answer was put in."""
    event = happened.event
    assert isinstance(event, events.MacroUsed)
    uses.note_use(
        event_id=happened.id,
        macro_id=event.macro_id,
        ticket_id=event.ticket_id,
        agent_id=happened.actor.id if happened.actor.kind == "agent" else None,
        at=happened.at,
    )


@subscribe(events.ReplyQueued)
def note_reply_with_macro(happened: Happened) -> None:
    """The reply that a ready answer left with."""
    event = happened.event
    assert isinstance(event, events.ReplyQueued)
    if not event.automatic and happened.actor.kind == "agent" and happened.actor.id:
        uses.note_sent(
            ticket_id=event.ticket_id, message_id=event.message_id, agent_id=happened.actor.id, at=happened.at
        )


@subscribe(events.TicketChanged)
def note_solution(happened: Happened) -> None:
    """A status changed: perhaps the answer solved it."""
    event = happened.event
    assert isinstance(event, events.TicketChanged)
    if event.field == "status" and Ticket.objects.filter(pk=event.ticket_id, category="solved").exists():
        uses.note_solved(ticket_id=event.ticket_id, at=happened.at)


@subscribe(events.TicketReopened)
def note_return(happened: Happened) -> None:
    """The customer came back."""
    event = happened.event
    assert isinstance(event, events.TicketReopened)
    uses.note_reopened(ticket_id=event.ticket_id, at=happened.at)
