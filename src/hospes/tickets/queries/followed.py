"""What those who follow a ticket's events ask: the events since, and what kind of message each was."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from hospes.core.models import EventRow
from hospes.tickets.models import Message, Status, Ticket


@dataclass(frozen=True, slots=True)
class Said:
    """A message as far as clocks care."""

    id: int
    kind: str
    automatic: bool
    created_at: datetime


def events_since(ticket_id: int, event_id: int, names: Collection[str], *, limit: int = 2000) -> list[EventRow]:
    """A ticket's events of these names after one, in the order in which they happened."""
    found = EventRow.objects.filter(subject="ticket", subject_id=ticket_id, id__gt=event_id, name__in=names)
    return list(found.order_by("id")[:limit])


def said(message_ids: Collection[int]) -> dict[int, Said]:
    """Messages by id; one that was taken back is not there."""
    if not message_ids:
        return {}
    found = Message.objects.filter(pk__in=message_ids).values_list("id", "kind", "automatic", "created_at")
    return {row[0]: Said(*row) for row in found}


def category_of_status(status_ids: Collection[int]) -> dict[int, str]:
    """The state behind each status."""
    if not status_ids:
        return {}
    return dict(Status.objects.filter(pk__in=status_ids).values_list("id", "category"))


def open_ticket_ids(after: int, *, limit: int) -> list[int]:
    """Open tickets in order of their ids, from one on."""
    return list(Ticket.objects.filter(active=True, pk__gt=after).order_by("id").values_list("pk", flat=True)[:limit])


def open_tickets_of(customer_id: int, *, limit: int = 200) -> list[int]:
    """A customer's open tickets, newest first."""
    found = Ticket.objects.filter(customer_id=customer_id, active=True).order_by("-id")
    return list(found.values_list("pk", flat=True)[:limit])


def count_open() -> int:
    """How many tickets are open."""
    return Ticket.objects.filter(active=True).count()


def asked(ticket_ids: Collection[int]) -> dict[int, list[tuple[datetime, bool]]]:
    """By ticket, when people here wrote to the customer, and whether they asked something. In no language but Greek is
    the semicolon a question mark, so it counts only at the end of a line."""
    found: dict[int, list[tuple[datetime, bool]]] = {}
    said = Message.objects.filter(ticket_id__in=ticket_ids, kind=Message.Kind.REPLY, automatic=False).order_by("id")
    for ticket_id, at, text in said.values_list("ticket_id", "created_at", "text"):
        greek = any(line.rstrip().endswith(";") for line in text.splitlines())
        question = greek or any(mark in text for mark in "?؟՞？")
        found.setdefault(ticket_id, []).append((at, question))
    return found


def numbers(ticket_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Ticket id → (number, subject)."""
    rows = Ticket.objects.filter(pk__in=ticket_ids).values_list("pk", "number", "subject")
    return {pk: (number, subject) for pk, number, subject in rows}


def recent_ids(*, limit: int) -> list[int]:
    """The newest tickets, open ones first."""
    found = Ticket.objects.filter(merged_into=None, spam=False).order_by("-active", "-created_at", "-id")
    return list(found.values_list("pk", flat=True)[:limit])
