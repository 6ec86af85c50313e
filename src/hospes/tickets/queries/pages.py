"""What belongs to one ticket, page by page: its messages, and what happened to it."""

from hospes.core.models import EventRow
from hospes.core.paging import by_id
from hospes.tickets.models import Message, Ticket
from hospes.tickets.queries.ticket import messages_of


def messages(ticket: Ticket, *, cursor: str | None, limit: int) -> tuple[list[Message], str | None]:
    """(messages oldest first with attachments, the next cursor)."""
    return by_id(messages_of(ticket), cursor=cursor, limit=limit)


def events(ticket: Ticket, *, cursor: str | None, limit: int) -> tuple[list[EventRow], str | None]:
    """(events oldest first, the next cursor)."""
    return by_id(EventRow.objects.filter(subject="ticket", subject_id=ticket.pk), cursor=cursor, limit=limit)
