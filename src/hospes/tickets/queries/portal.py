"""Reads for the customer's own screens: a page of their requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from hospes.core.text import storable
from hospes.customers.models import Customer
from hospes.tickets.models import Inbox, Ticket
from hospes.tickets.queries.setup import active_inboxes
from hospes.tickets.queries.ticket import customer_tickets

SETTLED = ("solved", "closed")


@dataclass(frozen=True, slots=True)
class Requests:
    """One page of a customer's requests; `next` is the key of the following page."""

    items: Sequence[Ticket]
    next: tuple[datetime, int] | None


def own_requests(
    customer: Customer, *, settled: bool, text: str = "", after: tuple[datetime, int] | None = None, limit: int = 20
) -> Requests:
    """A customer's requests, newest change first, of those open or settled; with `text` by number or subject."""
    wanted = Q(category__in=SETTLED)
    found = customer_tickets(customer).filter(wanted if settled else ~wanted)
    for word in storable(text).split()[:6]:
        plain = word.lstrip("#").replace("-", "").upper()
        found = found.filter(Q(subject__icontains=word) | Q(number=plain))
    if after is not None:
        at, last = after
        found = found.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=last))
    page = list(found[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return Requests(page, (page[-1].updated_at, page[-1].pk) if more else None)


def contact_inboxes() -> list[Inbox]:
    """Where the contact form may write to."""
    return list(active_inboxes("email").filter(in_contact_form=True))


def sent_by_form(ticket_id: int) -> tuple[Ticket, str] | None:
    """(a ticket just opened by the form, the address it is answered to), for the page that confirms it."""
    found = Ticket.objects.select_related("inbox").filter(pk=ticket_id).first()
    if found is None:
        return None
    place = found.participants.filter(kind="requester").first()
    return found, place.address if place else ""
