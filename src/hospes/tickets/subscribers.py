"""What tickets do because of what happened: acknowledge newcomers, notify agents."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets import events, operations
from hospes.tickets.models import Message, Ticket, WorkOrder
from hospes.tickets.queries import work


@subscribe(events.MessageReceived)
def acknowledge_newcomer(happened: Happened) -> None:
    """The first message of a ticket is answered automatically, where that is allowed."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if event.acknowledge and not event.automatic:
        operations.acknowledge(ticket_id=event.ticket_id, message_id=event.message_id, now=now())


@subscribe(events.MessageReceived)
def notify_assignee_of_message(happened: Happened) -> None:
    """The assignee hears that somebody wrote; machines are not worth a notification (failures have their own)."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if event.assignee_id and not event.automatic:
        words = Message.objects.filter(pk=event.message_id).values_list("text", flat=True).first() or ""
        _notify(happened, agent_id=event.assignee_id, ticket_id=event.ticket_id, kind="replied", words=words)


@subscribe(events.MessageReceived)
def learn_how_they_answer(happened: Happened) -> None:
    """Somebody answers by one channel rather than another: the next answer goes there. What opens a ticket answers
    nothing."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if not (event.automatic or event.acknowledge):
        operations.learn_channel(message_id=event.message_id, now=now())


@subscribe(events.AgentMentioned)
def notify_mentioned(happened: Happened) -> None:
    """A mentioned agent hears of the note."""
    event = happened.event
    assert isinstance(event, events.AgentMentioned)
    words = Message.objects.filter(pk=event.message_id).values_list("text", flat=True).first() or ""
    _notify(happened, agent_id=event.agent_id, ticket_id=event.ticket_id, kind="mentioned", words=words)


@subscribe(events.AgentCalled)
def notify_called(happened: Happened) -> None:
    """Somebody who is wanted on a ticket now hears of it."""
    event = happened.event
    assert isinstance(event, events.AgentCalled)
    words = Message.objects.filter(pk=event.message_id).values_list("text", flat=True).first() or ""
    _notify(happened, agent_id=event.agent_id, ticket_id=event.ticket_id, kind="called", words=words)


@subscribe(events.TicketChanged)
def notify_assigned(happened: Happened) -> None:
    """Somebody who is given a ticket by another hears of it."""
    event = happened.event
    assert isinstance(event, events.TicketChanged)
    if event.field == "assignee" and event.after.isdigit() and str(happened.actor.id or "") != event.after:
        subject = Ticket.objects.filter(pk=event.ticket_id).values_list("subject", flat=True).first() or ""
        _notify(happened, agent_id=int(event.after), ticket_id=event.ticket_id, kind="assigned", words=subject)


@subscribe(events.DeliveryChanged)
def notify_of_failure(happened: Happened) -> None:
    """Whoever wrote a message hears when it could not be delivered."""
    event = happened.event
    assert isinstance(event, events.DeliveryChanged)
    if event.state in {"failed", "bounced"}:
        writer = Message.objects.filter(pk=event.message_id).values_list("agent_id", flat=True).first()
        agent_id = writer or event.assignee_id
        if agent_id:
            _notify(happened, agent_id=agent_id, ticket_id=event.ticket_id, kind="failed", words=event.words)


@subscribe(events.MessageReceived)
def take_mail_answer(happened: Happened) -> None:
    """An outsider's mail in a work order's conversation answers the order."""
    event = happened.event
    assert isinstance(event, events.MessageReceived)
    if not event.automatic:
        operations.take_mail_answer(message_id=event.message_id, actor=happened.actor, now=now())


@subscribe(events.WorkOrderOpened)
def notify_doers(happened: Happened) -> None:
    """Whoever is to do a work order hears of it, also those who may not see the ticket."""
    event = happened.event
    assert isinstance(event, events.WorkOrderOpened)
    order = WorkOrder.objects.filter(pk=event.work_order_id).first()
    for agent_id in work.doers_of(order) if order else ():
        if agent_id != happened.actor.id:
            _notify_order(happened, event, agent_id=agent_id)


@subscribe(events.WorkOrderAnswered)
def notify_owner(happened: Happened) -> None:
    """Whoever opened a work order hears that it was answered."""
    event = happened.event
    assert isinstance(event, events.WorkOrderAnswered)
    if event.owner_id and event.owner_id != happened.actor.id:
        _notify_order(happened, event, agent_id=event.owner_id, kind="answered", by_name=event.by_name)


@subscribe(events.WorkOrderDueSoon)
def notify_due_soon(happened: Happened) -> None:
    """Those who do a work order are reminded before it is late."""
    event = happened.event
    assert isinstance(event, events.WorkOrderDueSoon)
    order = WorkOrder.objects.filter(pk=event.work_order_id).first()
    for agent_id in work.doers_of(order) if order else ():
        _notify_order(happened, event, agent_id=agent_id, kind="late")


@subscribe(events.WorkOrderOverdue)
def notify_overdue(happened: Happened) -> None:
    """A late work order goes up: to its owner and the department's lead, then to those on call."""
    event = happened.event
    assert isinstance(event, events.WorkOrderOverdue)
    order = WorkOrder.objects.filter(pk=event.work_order_id).first()
    for agent_id in work.whom_to_tell(order, event.step, now=now()) if order else ():
        _notify_order(happened, event, agent_id=agent_id, kind="late")


def _notify_order(
    happened: Happened, event: events.WorkOrderEvent, *, agent_id: int, kind: str = "order", by_name: str = ""
) -> None:
    operations.notify(
        agent_id=agent_id,
        ticket_id=event.ticket_id,
        kind=kind,
        event_id=happened.id,
        by_name=by_name or happened.actor.name,
        words=event.label,
        now=now(),
        anyway=True,
    )


def _notify(happened: Happened, *, agent_id: int, ticket_id: int, kind: str, words: str) -> None:
    operations.notify(
        agent_id=agent_id,
        ticket_id=ticket_id,
        kind=kind,
        event_id=happened.id,
        by_name=happened.actor.name,
        words=" ".join(words.split()),
        now=now(),
    )
