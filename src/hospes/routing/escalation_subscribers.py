"""What escalation and swarms do because of what happened. Imported by subscribers.py, so that it is heard from the
start."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.routing import events, operations
from hospes.routing.queries.escalation import subject_of, who_leads
from hospes.sla import events as sla
from hospes.tickets import events as tickets
from hospes.tickets import operations as ticket_operations

# What of a ticket decides whether its customer waits, or by which policy.
WATCHED = frozenset({"status", "priority", "type", "tags", "team", "spam", "customer", "language", "product", "fields"})
# Clocks whose miss is the customer's; work orders go up by themselves.
CUSTOMERS_CLOCKS = frozenset({"first_response", "next_response", "resolution", "queue_wait"})


def _consider(happened: Happened) -> None:
    event = happened.event
    assert isinstance(event, tickets.TicketEvent)
    operations.consider_chain(ticket_id=event.ticket_id, now=now(), cause_id=happened.id, depth=happened.depth)


@subscribe(tickets.MessageReceived)
def begin_chain(happened: Happened) -> None:
    """A customer who waits has a chain."""
    assert isinstance(happened.event, tickets.MessageReceived)
    if not happened.event.automatic:
        _consider(happened)


@subscribe(tickets.ReplyQueued)
def end_chain(happened: Happened) -> None:
    """A person answered: nobody waits."""
    assert isinstance(happened.event, tickets.ReplyQueued)
    if not happened.event.automatic:
        _consider(happened)


@subscribe(tickets.ReplyWithdrawn)
def begin_chain_again(happened: Happened) -> None:
    """The answer was taken back before it left: the customer still waits."""
    _consider(happened)


@subscribe(tickets.TicketReopened)
def begin_chain_of_reopened(happened: Happened) -> None:
    """A ticket that was opened again may have somebody waiting."""
    _consider(happened)


@subscribe(tickets.TicketChanged)
def follow_change(happened: Happened) -> None:
    """A change may end a wait, or bring another policy."""
    assert isinstance(happened.event, tickets.TicketChanged)
    if happened.event.field in WATCHED:
        _consider(happened)


@subscribe(tickets.TicketMerged)
def end_chain_of_merged(happened: Happened) -> None:
    """A merged ticket waits for nothing; the one it went into may."""
    event = happened.event
    assert isinstance(event, tickets.TicketMerged)
    _consider(happened)
    operations.consider_chain(ticket_id=event.into_id, now=now(), cause_id=happened.id, depth=happened.depth)


@subscribe(sla.ClockBreached)
def hasten_on_breach(happened: Happened) -> None:
    """A missed service level takes the next step at once, where the policy says so."""
    event = happened.event
    assert isinstance(event, sla.ClockBreached)
    if event.kind in CUSTOMERS_CLOCKS:
        operations.hasten_chain(ticket_id=event.ticket_id, now=now())


@subscribe(events.TicketEscalated)
def tell_customer_of_escalation(happened: Happened) -> None:
    """The customer is told who has it now."""
    assert isinstance(happened.event, events.TicketEscalated)
    operations.tell_customer(hand_over_id=happened.event.hand_over_id, now=now())


@subscribe(events.TicketDeescalated)
def tell_customer_of_return(happened: Happened) -> None:
    """The customer is told who has it now."""
    assert isinstance(happened.event, events.TicketDeescalated)
    operations.tell_customer(hand_over_id=happened.event.hand_over_id, now=now())


@subscribe(events.TicketEscalated)
def notify_on_call(happened: Happened) -> None:
    """Whoever is on call hears that a customer needs a decision."""
    event = happened.event
    assert isinstance(event, events.TicketEscalated)
    if event.to_agent_id:
        _notify(happened, event.to_agent_id, "escalated")


@subscribe(events.EscalationSkipped)
def notify_that_nobody_is_there(happened: Happened) -> None:
    """Nobody on call took it: all who lead the company hear of it."""
    event = happened.event
    assert isinstance(event, events.EscalationSkipped)
    if event.why == "nobody-on-call":
        for agent_id in who_leads():
            _notify(happened, agent_id, "escalated")


@subscribe(events.ResponsibilityOffered)
def notify_of_offer(happened: Happened) -> None:
    """Whoever is asked to become responsible hears of it."""
    assert isinstance(happened.event, events.ResponsibilityOffered)
    _notify(happened, happened.event.to_agent_id, "responsible")


@subscribe(events.SwarmInvited)
def notify_expert(happened: Happened) -> None:
    """An expert who is called in hears of it."""
    assert isinstance(happened.event, events.SwarmInvited)
    _notify(happened, happened.event.agent_id, "swarm")


def _notify(happened: Happened, agent_id: int, kind: str) -> None:
    event = happened.event
    assert isinstance(event, tickets.TicketEvent)
    ticket_operations.notify(
        agent_id=agent_id,
        ticket_id=event.ticket_id,
        kind=kind,
        event_id=happened.id,
        by_name=happened.actor.name,
        words=subject_of(event.ticket_id),
        now=now(),
    )
