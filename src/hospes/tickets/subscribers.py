"""What tickets do because of what happened: acknowledge newcomers, notify agents."""

from hospes.core.clock import now
from hospes.core.events import Happened, subscribe
from hospes.tickets import events, operations
from hospes.tickets.models import Message, Ticket


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


@subscribe(events.AgentMentioned)
def notify_mentioned(happened: Happened) -> None:
    """A mentioned agent hears of the note."""
    event = happened.event
    assert isinstance(event, events.AgentMentioned)
    words = Message.objects.filter(pk=event.message_id).values_list("text", flat=True).first() or ""
    _notify(happened, agent_id=event.agent_id, ticket_id=event.ticket_id, kind="mentioned", words=words)


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
