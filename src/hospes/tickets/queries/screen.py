"""Reads that a screen of tickets needs beside the tickets themselves, each one query for a whole page."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Q

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.models import EventRow
from hospes.tickets.models import (
    Attachment,
    Draft,
    Macro,
    Message,
    Notification,
    Participant,
    Ticket,
    TicketLink,
    TicketRead,
)
from hospes.tickets.policies import plain_number
from hospes.tickets.queries.lists import TicketFilter, _conditions, visible
from hospes.tickets.queries.macros import macros_for


def read_marks(actor: Actor, ticket_ids: Collection[int]) -> dict[int, int]:
    """Up to which message the agent has seen each of these tickets."""
    found = TicketRead.objects.filter(agent_id=actor.id or 0, ticket_id__in=ticket_ids)
    return dict(found.values_list("ticket_id", "message_id"))


def still_listed(actor: Actor, wanted: TicketFilter, ids: Sequence[int]) -> list[Ticket]:
    """Which of these tickets belong to a list now: what a live list asks after something happened."""
    found = visible(actor).filter(_conditions(replace(wanted, order="-updated_at")), pk__in=list(ids)[:200])
    return list(found.select_related("customer", "assignee", "team", "status"))


def ticket_for_pane(actor: Actor, number: str) -> Ticket:
    """A ticket with what its screen prints. Fewer joins than get_ticket, for planning those costs more than running
    them; what few tickets have (a merge) is read when it is there. Raises NotFound."""
    plain = plain_number(number)
    found = (
        visible(actor)
        .select_related("customer", "customer__company", "assignee", "team", "status")
        .prefetch_related("tags")
        .filter(number=plain)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def tickets_by_number(actor: Actor, numbers: Sequence[str]) -> list[Ticket]:
    """The tickets with these numbers that the agent may see, for doing something with several."""
    plain = [plain_number(n) for n in numbers][:500]
    return list(visible(actor).filter(number__in=plain).select_related("status", "customer"))


def last_messages(ticket: Ticket, *, limit: int) -> tuple[list[Message], int]:
    """(the newest `limit` messages oldest first, how many came before them)."""
    found = (
        Message.objects.filter(ticket=ticket)
        .defer("references", "undo", "in_reply_to", "external_id", "subject")
        .prefetch_related("attachments")
        .order_by("-id")
    )
    newest = list(found[: limit + 1])
    earlier = 0
    if len(newest) > limit:
        earlier = Message.objects.filter(ticket=ticket, pk__lt=newest[limit - 1].pk).count()
        newest = newest[:limit]
    return newest[::-1], earlier


def events_of(ticket: Ticket, *, limit: int = 400) -> list[EventRow]:
    """The newest events of a ticket, oldest first."""
    found = EventRow.objects.filter(subject="ticket", subject_id=ticket.pk).order_by("-id")
    return list(found[:limit])[::-1]


def drafts_of(actor: Actor, ticket: Ticket) -> list[Draft]:
    """What the agent is writing on this ticket, newest first."""
    return list(Draft.objects.filter(ticket=ticket, agent_id=actor.id or 0).order_by("-updated_at"))


def uploads_of(actor: Actor, tokens: Sequence[str]) -> list[Attachment]:
    """Files that the agent uploaded and has not sent."""
    if not tokens:
        return []
    return list(Attachment.objects.filter(token__in=tokens, owner=f"agent:{actor.id}", message=None))


def participants_of(ticket: Ticket) -> list[Participant]:
    """Who takes part from outside."""
    return list(Participant.objects.filter(ticket=ticket, removed_at=None))


def links_of(actor: Actor, ticket: Ticket) -> list[tuple[TicketLink, Ticket]]:
    """(link, the ticket at its other end) for links in both directions, of tickets that the agent may see."""
    links = list(TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)).order_by("pk"))
    if not links:
        return []
    ends = {link.pk: link.other_id if link.ticket_id == ticket.pk else link.ticket_id for link in links}
    seen = {t.pk: t for t in visible(actor).filter(pk__in=ends.values())}
    return [(link, seen[ends[link.pk]]) for link in links if ends[link.pk] in seen]


def inline_files(message: Message) -> dict[str, str]:
    """Content-ID → token of the files that a message shows inside its text."""
    found = Attachment.objects.filter(message=message).exclude(content_id="")
    return dict(found.values_list("content_id", "token"))


def unread_notifications(actor: Actor) -> int:
    """How many notifications the agent has not seen, counted up to 99."""
    return Notification.objects.filter(agent_id=actor.id or 0, read_at=None).order_by()[:99].count()


def get_macro(actor: Actor, macro_id: int) -> Macro | None:
    """A macro that the agent may use."""
    return macros_for(actor).filter(pk=macro_id).first()


def numbers_of(actor: Actor, ids: Collection[int]) -> dict[int, str]:
    """Ticket id → number, of those that the agent may see."""
    return dict(visible(actor).filter(pk__in=ids).values_list("pk", "number")) if ids else {}
