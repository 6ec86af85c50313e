"""Tickets opened without an incoming mail, and what customers write in the portal."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.core.events import Event, emit
from hospes.core.text import storable
from hospes.customers.models import Customer
from hospes.staff.models import Agent, Team
from hospes.tickets import events
from hospes.tickets.models import Inbox, Message, Priority, Ticket, TicketType
from hospes.tickets.operations.addresses import check_addresses
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    builtin_status,
    change_status,
    count_message,
    ids_after,
    index_message,
    join,
    lock_ticket,
    new_number,
    take_uploads,
)
from hospes.tickets.operations.write import body_of, reply
from hospes.tickets.policies import agent_may_see


@transaction.atomic
def create_ticket(
    *,
    inbox: Inbox,
    customer: Customer,
    subject: str,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    direction: str = "incoming",
    address: str = "",
    channel: str = "",
    uploads: Sequence[str] = (),
    files: Sequence[StoredFile] = (),
    priority: int = 2,
    type: str = "",
    team_id: int | None = None,
    assignee_id: int | None = None,
    language: str = "",
    undo_seconds: int = 0,
) -> Ticket:
    """Open a ticket without an incoming mail.

    direction "incoming": what the customer said (contact form, API, an agent writing down a call), acknowledged
    when the inbox does so; "outgoing": we write first and the message is sent. Raises InvalidInput, NotAllowed.
    """
    _check_direction(direction, customer, actor)
    html, text = body_of(html, text)
    customer = customer.merged_into or customer
    email = _address_of(customer, address)
    if direction == "outgoing" and not email:
        raise InvalidInput(_("This customer has no e-mail address yet."), field="customer")
    ticket = _new_ticket(inbox, customer, subject, channel=channel, language=language, now=now)
    _sort(ticket, actor, priority=priority, type=type, team_id=team_id, assignee_id=assignee_id)
    ticket.save(force_insert=True)
    if email:
        join(ticket, address=email, name=customer.name, kind="requester", customer=customer)
    made = events.TicketCreated(
        **ids_after(ticket), number=ticket.number, customer_id=customer.pk, channel=ticket.channel
    )
    if direction == "outgoing":
        emit(made, actor=actor, now=now)
        reply(
            ticket=ticket, actor=actor, now=now, html=html, text=text, uploads=uploads, files=files,
            status="waiting", undo_seconds=undo_seconds,
        )  # fmt: skip
        ticket.refresh_from_db()
        return ticket
    message = _said(ticket, customer, email, html=html, text=text, actor=actor, now=now, uploads=uploads, files=files)
    ticket.waiting_since = now
    ticket.save()
    received = events.MessageReceived(**ids_after(ticket), message_id=message.pk, acknowledge=actor.kind == "customer")
    emit(made, received, actor=actor, now=now)
    return ticket


def _check_direction(direction: str, customer: Customer, actor: Actor) -> None:
    if actor.kind == "agent":
        actor.require("ticket.create")
    elif actor.kind == "customer" and (direction != "incoming" or actor.id not in {None, customer.pk}):
        raise NotAllowed
    if direction not in {"incoming", "outgoing"}:
        raise InvalidInput(_("Choose incoming or outgoing."), field="direction")


def _new_ticket(
    inbox: Inbox, customer: Customer, subject: str, *, channel: str, language: str, now: datetime
) -> Ticket:
    return Ticket(
        number=new_number(),
        subject=_subject(subject),
        status=builtin_status("new"),
        category="new",
        customer=customer,
        inbox=inbox,
        channel=(channel or inbox.kind)[:20],
        language=(language or customer.language or inbox.language)[:8],
        created_at=now,
        updated_at=now,
        promised_at=now + timedelta(hours=inbox.promise_hours),
    )


def _subject(subject: str) -> str:
    subject = " ".join(storable(subject).split())[:500]
    if not subject:
        raise InvalidInput(_("Write a subject."), field="subject")
    return subject


def _address_of(customer: Customer, address: str) -> str:
    if address.strip():
        return check_addresses([address], field="address")[0]
    return next((p.value for p in customer.contact_points.filter(kind="email").order_by("bounced_at", "id")), "")


def _sort(
    ticket: Ticket, actor: Actor, *, priority: int, type: str, team_id: int | None, assignee_id: int | None
) -> None:
    if isinstance(priority, bool) or priority not in Priority.values:
        raise InvalidInput(_("Choose a priority from 1 (low) to 4 (urgent)."), field="priority")
    if type and type not in TicketType.values:
        raise InvalidInput(_("Choose one of the types."), field="type")
    if team_id is not None and not Team.objects.filter(pk=team_id, archived_at=None).exists():
        raise InvalidInput(_("Choose one of the teams."), field="team")
    if assignee_id is not None and not Agent.objects.filter(pk=assignee_id, is_active=True).exists():
        raise InvalidInput(_("Choose somebody who works here."), field="assignee")
    ticket.priority, ticket.type = priority, type
    ticket.team_id = team_id if team_id is not None else ticket.inbox.team_id
    ticket.assignee_id = assignee_id
    # Nobody may lose sight of the ticket that they have just made.
    if actor.kind == "agent" and not agent_may_see(actor, team_id=ticket.team_id, assignee_id=assignee_id):
        if assignee_id is not None:
            raise InvalidInput(_("Choose one of your teams, or yourself."), field="assignee")
        ticket.assignee_id = actor.id


def _said(
    ticket: Ticket,
    customer: Customer,
    email: str,
    *,
    html: str,
    text: str,
    actor: Actor,
    now: datetime,
    uploads: Sequence[str],
    files: Sequence[StoredFile] = (),
    channel: str = "",
) -> Message:
    message = Message(
        ticket=ticket,
        kind=Message.Kind.INCOMING,
        channel=channel or ticket.channel,
        customer=customer,
        author_name=customer.name,
        author_address=email,
        subject=ticket.subject,
        html=html,
        text=text,
        created_at=now,
    )
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    attach(message, files, now=now)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=True)
    return message


@transaction.atomic
def add_customer_message(
    *, ticket: Ticket, customer: Customer, actor: Actor, now: datetime, text: str, uploads: Sequence[str] = ()
) -> Message:
    """A customer writes on their own request in the portal. Raises NotFound for anybody else's, InvalidInput."""
    if actor.kind == "agent" or (actor.kind == "customer" and actor.id != customer.pk):
        raise NotAllowed
    ticket = lock_ticket(ticket, actor)
    _html, text = body_of("", text)
    if ticket.category == "closed":
        raise InvalidInput(_("This request is closed. Please open a new one."), field="text")
    message = _said(ticket, customer, "", html="", text=text, actor=actor, now=now, uploads=uploads, channel="portal")
    reopened = ticket.category == "solved"
    happened: list[Event] = []
    if ticket.category in {"solved", "waiting", "on_hold"}:
        happened += change_status(ticket, builtin_status("open"), now=now)
    if ticket.waiting_since is None:
        ticket.waiting_since = now
    ticket.snoozed_until = None
    ticket.save()
    received = events.MessageReceived(**ids_after(ticket), message_id=message.pk)
    if reopened:
        happened.append(events.TicketReopened(**ids_after(ticket), message_id=message.pk))
    emit(received, *happened, actor=actor, now=now)
    return message
