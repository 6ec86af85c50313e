"""The kettle shop across channels: a talk begun by mail goes on by WhatsApp, and somebody may be another customer."""

import random
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from hospes.config.demo.company import Company
from hospes.core.actors import SYSTEM
from hospes.customers import joining
from hospes.customers.operations import add_contact_point
from hospes.staff.queries import actor_of
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox, Ticket

NUMBER: Final = "+44 7700 900123"


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """Nothing where the shop has no WhatsApp, or nobody whose mail waits for an answer."""
    inbox = Inbox.objects.filter(kind="whatsapp", archived_at=None).first()
    waiting = Ticket.objects.filter(
        channel="email", active=True, spam=False, language="en", waiting_since__isnull=False,
        updated_at__gt=now - timedelta(days=2),
    )  # fmt: skip
    ticket = waiting.select_related("customer").order_by("-updated_at").first()
    if inbox is None or ticket is None:
        return
    admin = actor_of(company.agents["admin@demo.example"], via="desk")
    add_contact_point(customer=ticket.customer, kind="phone", value=NUMBER, actor=admin, now=now)
    _by_whatsapp(inbox, ticket, "I wrote you a mail about this. It is easier for me here, if that is fine.", now)
    _says_to_be(ticket, now)


def _by_whatsapp(inbox: Inbox, ticket: Ticket, words: str, now: datetime) -> None:
    number = "+447700900123"
    incoming = IncomingMessage(
        message_id="wamid.demo-one-talk", sender=Person(number, ticket.customer.name), text=words, reply=words,
        identity="phone", authenticated=True, thread_key=number, language="en",
    )  # fmt: skip
    at = now - timedelta(minutes=6)
    tickets.receive_message(incoming=incoming, inbox=inbox, source_id=None, files=[], now=at, channel="whatsapp")


@transaction.atomic
def _says_to_be(ticket: Ticket, now: datetime) -> None:
    """In a chat somebody gave an address that is another customer's: an agent has to decide."""
    other = Ticket.objects.filter(channel="email", language="en").exclude(customer=ticket.customer)
    owner = other.select_related("customer").order_by("-id").first()
    address = owner.customer.contact_points.filter(kind="email").first() if owner is not None else None
    if address is not None:
        joining.recognise_sender(
            kind="phone", value="+447700900123", name="", language="", verified=True,
            claims=[joining.Claimed("email", address.value)], source="chat", actor=SYSTEM, now=now,
        )  # fmt: skip
