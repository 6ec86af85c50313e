"""The steps between a checked form and a ticket: who writes, their files, the ticket, and blocked senders."""

from collections.abc import Sequence
from datetime import datetime

from hospes.core.actors import SYSTEM, Actor
from hospes.customers import operations as customer_operations
from hospes.customers import queries as customers
from hospes.customers.models import Customer
from hospes.portal import uploads
from hospes.portal.access import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Ticket


def recognise_writer(*, name: str, email: str, language: str, now: datetime) -> Customer:
    """The customer behind an address that somebody typed; nothing known of them is changed or shown."""
    actor = Actor(kind="customer", name=name or email, via="portal")
    return customer_operations.recognise(kind="email", value=email, name=name, language=language, actor=actor, now=now)


def open_request(
    *,
    inbox: Inbox,
    customer: Customer,
    address: str,
    subject: str,
    text: str,
    files: Sequence[uploads.Uploaded],
    language: str,
    now: datetime,
) -> Ticket:
    """Open a ticket by the contact form. From a blocked sender it is kept as spam and not acknowledged."""
    actor = actor_of(customer, address)
    ticket = tickets.create_ticket(
        inbox=inbox,
        customer=customer,
        address=address,
        subject=subject,
        text=text,
        language=language,
        uploads=uploads.keep(files, actor=actor, now=now),
        actor=actor,
        now=now,
    )
    if customers.is_blocked(address):
        ticket = tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=now, spam=True)
    return ticket


def answer_request(
    *, ticket: Ticket, customer: Customer, actor: Actor, text: str, files: Sequence[uploads.Uploaded], now: datetime
) -> None:
    """Add a customer's message, with files, to their own request."""
    tokens = uploads.keep(files, actor=actor, now=now)
    tickets.add_customer_message(ticket=ticket, customer=customer, actor=actor, text=text, uploads=tokens, now=now)
