"""What routing does because of what happened: it notes what has to be looked at, and no more."""

import hospes.routing.escalation_subscribers  # noqa: F401 - heard from the start
from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.routing import events, operations
from hospes.staff import events as staff
from hospes.tickets import events as tickets

# What of a ticket decides who gets it, or whether it takes of somebody's capacity.
LOOKED_AT = frozenset(
    {"assignee", "team", "status", "priority", "language", "type", "tags", "spam", "snoozed_until", "customer", "tier",
     "product", "subject", "fields"}
)  # fmt: skip


@subscribe(tickets.TicketCreated, first=True)
def route_new_ticket(happened: Happened) -> None:
    """A new ticket is brought to somebody."""
    assert isinstance(happened.event, tickets.TicketCreated)
    operations.nudge_tickets([happened.event.ticket_id], now=now())


@subscribe(tickets.MessageReceived, first=True)
def route_on_message(happened: Happened) -> None:
    """The customer wrote: whoever has the ticket must be here, else somebody else gets it."""
    assert isinstance(happened.event, tickets.MessageReceived)
    event = happened.event
    if not event.acknowledge and not event.automatic:
        operations.take_up(ticket_id=event.ticket_id, now=now())
        operations.nudge_tickets([event.ticket_id], now=now())


@subscribe(tickets.MessageReceived)
def learn_language(happened: Happened) -> None:
    """What is said later may tell the language better than a short first message."""
    event = happened.event
    assert isinstance(event, tickets.MessageReceived)
    if not event.acknowledge and not event.automatic:
        operations.learn_language(ticket_id=event.ticket_id, message_id=event.message_id, now=now())


@subscribe(tickets.TicketReopened, first=True)
def route_reopened(happened: Happened) -> None:
    """A ticket asks for work again."""
    assert isinstance(happened.event, tickets.TicketReopened)
    operations.nudge_tickets([happened.event.ticket_id], now=now())


@subscribe(tickets.TicketChanged, first=True)
def route_changed(happened: Happened) -> None:
    """What was changed may move the ticket, or free somebody's hands."""
    event = happened.event
    assert isinstance(event, tickets.TicketChanged)
    if event.field in LOOKED_AT and happened.actor.via != "routing":
        by_hand = event.field == "team" and bool(event.after)
        operations.nudge_tickets([event.ticket_id], now=now(), team_by_hand=by_hand)


@subscribe(events.TicketQueued)
def wait_began(happened: Happened) -> None:
    """A chat or call waits in a queue from now on."""
    assert isinstance(happened.event, events.TicketQueued)
    operations.begin_wait(ticket_id=happened.event.ticket_id, now=happened.at)


@subscribe(events.TicketRouted)
def wait_ended(happened: Happened) -> None:
    """Somebody has it."""
    assert isinstance(happened.event, events.TicketRouted)
    operations.end_wait(ticket_id=happened.event.ticket_id, now=happened.at, met=True)


@subscribe(tickets.TicketMerged)
def route_merged(happened: Happened) -> None:
    """A merged ticket takes nobody's capacity any more."""
    assert isinstance(happened.event, tickets.TicketMerged)
    operations.nudge_tickets([happened.event.ticket_id, happened.event.into_id], now=now())


@subscribe(tickets.TicketUnmerged)
def route_unmerged(happened: Happened) -> None:
    """It is a ticket of its own again."""
    assert isinstance(happened.event, tickets.TicketUnmerged)
    operations.nudge_tickets([happened.event.ticket_id, happened.event.from_id], now=now())


@subscribe(tickets.TicketSplit)
def route_split(happened: Happened) -> None:
    """What was split off needs somebody too."""
    assert isinstance(happened.event, tickets.TicketSplit)
    operations.nudge_tickets([happened.event.new_id], now=now())


@subscribe(staff.PresenceChanged, first=True)
@subscribe(staff.ChannelPresenceChanged, first=True)
@subscribe(staff.AbsenceStarted, first=True)
@subscribe(staff.AbsenceEnded, first=True)
@subscribe(staff.SkillsChanged, first=True)
@subscribe(staff.LanguagesChanged, first=True)
@subscribe(staff.CapacityChanged, first=True)
@subscribe(staff.AgentDeactivated, first=True)
@subscribe(staff.AgentReactivated, first=True)
@subscribe(staff.AgentChanged, first=True)
@subscribe(staff.ShiftsChanged, first=True)
def look_at_whom_it_concerns(happened: Happened) -> None:
    """Somebody can take more, or less, or nothing now."""
    agent_id = getattr(happened.event, "agent_id", None)
    if agent_id is not None:
        operations.nudge_agents([agent_id], now=now())
