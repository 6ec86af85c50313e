"""What incidents do because of what happened: watch new tickets, tell leads of a burst."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.incidents import operations
from hospes.incidents.events import BurstProposed
from hospes.incidents.operations.calling import call_leads
from hospes.tickets.events import TicketCreated, TicketMerged


@subscribe(TicketCreated)
def watch_new_ticket(happened: Happened) -> None:
    """Does it look like an incident, or like the beginning of one?"""
    event = happened.event
    assert isinstance(event, TicketCreated)
    operations.watch_ticket(ticket_id=event.ticket_id, now=now())


@subscribe(TicketMerged)
def follow_merged_ticket(happened: Happened) -> None:
    """What was linked stays linked by the ticket that goes on."""
    event = happened.event
    assert isinstance(event, TicketMerged)
    operations.follow_merge(ticket_id=event.ticket_id, into_id=event.into_id, now=now())


@subscribe(BurstProposed)
def call_leads_to_burst(happened: Happened) -> None:
    """Leads, managers and whoever is on call for management hear of it at once."""
    event = happened.event
    assert isinstance(event, BurstProposed)
    call_leads(event=event, event_id=happened.id, now=now())
