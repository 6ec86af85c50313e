"""What clocks do because of what happened elsewhere. Each reads the ticket's own events: news may come late."""

from datetime import datetime

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.customers.events import CustomerChanged
from hospes.sla import events, operations
from hospes.tickets import events as tickets
from hospes.tickets import operations as ticket_operations


def _follow(happened: Happened) -> None:
    event = happened.event
    assert isinstance(event, tickets.TicketEvent)
    operations.follow(ticket_id=event.ticket_id, now=now(), event_id=happened.id)


@subscribe(tickets.TicketCreated)
def follow_opening(happened: Happened) -> None:
    """There is something to be solved."""
    _follow(happened)


@subscribe(tickets.MessageReceived)
def follow_message(happened: Happened) -> None:
    """A customer may want an answer."""
    _follow(happened)


@subscribe(tickets.ReplyQueued)
def follow_reply(happened: Happened) -> None:
    """Somebody may have answered."""
    _follow(happened)


@subscribe(tickets.ReplyWithdrawn)
def follow_withdrawal(happened: Happened) -> None:
    """Nobody answered after all."""
    _follow(happened)


@subscribe(tickets.TicketChanged)
def follow_change(happened: Happened) -> None:
    """The state, the priority or the terms are others."""
    _follow(happened)


@subscribe(tickets.TicketMerged)
def follow_merge(happened: Happened) -> None:
    """Two became one."""
    _follow(happened)


@subscribe(tickets.TicketUnmerged)
def follow_unmerge(happened: Happened) -> None:
    """And two again."""
    _follow(happened)


@subscribe(CustomerChanged)
def follow_changed_customer(happened: Happened) -> None:
    """Policies may ask about the customer."""
    event = happened.event
    assert isinstance(event, CustomerChanged)
    operations.follow_customer(customer_id=event.customer_id, now=now())


@subscribe(tickets.WorkOrderOpened)
def start_work_order(happened: Happened) -> None:
    """A department or an outsider has so much time."""
    event = happened.event
    assert isinstance(event, tickets.WorkOrderOpened)
    operations.set_order_clock(
        ticket_id=event.ticket_id,
        order_id=event.work_order_id,
        business=event.business,
        seconds=event.due_seconds,
        now=happened.at,
    )


@subscribe(tickets.WorkOrderAnswered)
def stop_work_order(happened: Happened) -> None:
    """It was answered."""
    event = happened.event
    assert isinstance(event, tickets.WorkOrderAnswered)
    operations.stop_order_clock(ticket_id=event.ticket_id, order_id=event.work_order_id, met=True, now=happened.at)


@subscribe(tickets.WorkOrderClosed)
def end_work_order(happened: Happened) -> None:
    """It was called off, or is done with."""
    event = happened.event
    assert isinstance(event, tickets.WorkOrderClosed)
    operations.stop_order_clock(
        ticket_id=event.ticket_id, order_id=event.work_order_id, met=not event.cancelled, now=happened.at
    )


@subscribe(events.ClockWarned)
def tell_of_warning(happened: Happened) -> None:
    """The owner hears that something is due soon."""
    event = happened.event
    assert isinstance(event, events.ClockWarned)
    operations.tell_of(clock_id=event.clock_id, kind="due_soon", event_id=happened.id, now=now())


@subscribe(events.ClockBreached)
def tell_of_breach(happened: Happened) -> None:
    """The owner and the team's lead hear that something is overdue."""
    event = happened.event
    assert isinstance(event, events.ClockBreached)
    operations.tell_of(clock_id=event.clock_id, kind="overdue", event_id=happened.id, now=now())


def look_before_promising(ticket_id: int, at: datetime) -> None:
    """The promise that a customer is told is the one that holds, even if our own news of the ticket is late."""
    operations.follow(ticket_id=ticket_id, now=at)


ticket_operations.BEFORE_PROMISING.append(look_before_promising)
