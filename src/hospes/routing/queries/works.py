"""A ticket as the decision sees it."""

from typing import Any

from hospes.core.models import EventRow
from hospes.customers.models import Customer
from hospes.routing.models import AssignmentRecord, RoutingEntry
from hospes.routing.policies import Work
from hospes.tickets.models import Ticket


def last_helper(ticket: Ticket) -> tuple[int, Any] | None:
    """(who last helped this customer with another matter, when), by one index."""
    return (
        AssignmentRecord.objects.filter(customer_id=ticket.customer_id, back_at=None)
        .exclude(ticket_id=ticket.pk)
        .order_by("-id")
        .values_list("agent_id", "at")
        .first()
    )


def team_was_chosen(ticket_id: int) -> bool:
    """Whether a person or a rule ever moved a ticket to a team: queues then respect it. By the ticket's own events,
    so that it is known before the news of it has gone round."""
    moves = EventRow.objects.filter(subject="ticket", subject_id=ticket_id, name="TicketChanged", data__field="team")
    return moves.exclude(via="routing").exists()


def work_of(ticket: Ticket, entry: RoutingEntry, *, owner_id: int | None = None) -> Work:
    """Everything that a decision asks about a ticket. Two queries."""
    helper = last_helper(ticket)
    vip = Customer.objects.filter(pk=ticket.customer_id).values_list("vip", flat=True).first() or False
    return Work(
        ticket_id=ticket.pk,
        language=ticket.language,
        channel=ticket.channel,
        tier=ticket.tier,
        priority=ticket.priority,
        vip=vip,
        entered_at=entry.entered_at,
        helper_id=helper[0] if helper else None,
        helped_at=helper[1] if helper else None,
        owner_id=owner_id or entry.previous_id,
        declined=frozenset(entry.declined),
    )
