"""Somebody here writes: replies, notes, forwards and side conversations, new tickets; and takes a reply back."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed
from hospes.core.events import Event, emit
from hospes.core.html import clean_html, html_to_text
from hospes.customers.models import Customer
from hospes.customers.policies import email_key
from hospes.staff.models import Agent
from hospes.tickets import events
from hospes.tickets.models import Draft, Inbox, Message, Participant, SideConversation, Status, Ticket
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    builtin_status,
    count_message,
    ids_after,
    index_message,
    join,
    lock_ticket,
    new_number,
    set_status,
    take_uploads,
)

MENTION = re.compile(r'data-mention="(\d{1,18})"')


def body_of(html: str, text: str) -> tuple[str, str]:
    """(clean HTML, plain text) of what somebody wrote; either may be given. Raises InvalidInput when both are empty."""
    if html.strip():
        html = clean_html(html)
        text = html_to_text(html)
    if not text.strip() and "<img" not in html:
        raise InvalidInput(_("Write something first."), field="text")
    return html, text.strip()


def _check_unseen(ticket: Ticket, actor: Actor, seen_message_id: int | None) -> None:
    """Two agents can never both send unaware: what came after the last message seen is handed back."""
    if seen_message_id is None:
        return
    newer = Message.objects.filter(ticket=ticket, pk__gt=seen_message_id, kind__in=Message.PUBLIC_KINDS)
    newer = newer.exclude(kind=Message.Kind.REPLY, agent_id=actor.id) if actor.kind == "agent" else newer
    came = list(newer.values_list("pk", flat=True)[:50])
    if came:
        raise Conflict(_("Something new came in while you were writing. Read it, then send again."), message_ids=came)


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    files: Sequence[StoredFile] = (),
    cc: Sequence[str] = (),
    status: str = "",
    seen_message_id: int | None = None,
    undo_seconds: int = 0,
    automatic: bool = False,
) -> Message:
    """Answer the customer. `status` is a category to move to with it ("solved", "waiting"; "" decides by itself).

    With `seen_message_id`, raises Conflict (details: message_ids) when something newer came in. The message leaves
    after `undo_seconds`, until when it can be withdrawn. Raises InvalidInput, NotAllowed, NotFound.
    """
    ticket = lock_ticket(ticket, actor, right="ticket.reply")
    if ticket.merged_into_id:
        raise InvalidInput(_("This ticket was merged. Answer on the one it was merged into."), field="ticket")
    _check_unseen(ticket, actor, seen_message_id)
    html, text = body_of(html, text)
    copied = _check_addresses(cc, field="cc")
    undo = {
        "status": ticket.status_id,
        "waiting_since": _iso(ticket.waiting_since),
        "first": _iso(ticket.first_response_at),
    }
    message = _outgoing(ticket, actor, Message.Kind.REPLY, html=html, text=text, now=now, undo_seconds=undo_seconds)
    message.undo = undo if undo_seconds else {}
    message.automatic = automatic
    _address_reply(message, ticket, copied)
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    attach(message, files, now=now)
    index_message(message, ticket)
    happened: list[Event] = [events.ReplyQueued(**ids_after(ticket), message_id=message.pk, automatic=automatic)]
    if not automatic:
        happened += _answered(ticket, message, status, actor=actor, now=now)
        Draft.objects.filter(ticket=ticket, agent_id=actor.id, kind="reply").delete()
    if automatic:  # a machine's words are not what lists should show, and nobody was answered
        ticket.message_count += 1
        ticket.version += 1
    else:
        count_message(ticket, message, now=now, from_customer=False)
    ticket.save()
    emit(*happened, actor=actor, now=now)
    return message


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _outgoing(
    ticket: Ticket, actor: Actor, kind: str, *, html: str, text: str, now: datetime, undo_seconds: int
) -> Message:
    domain = ticket.inbox.address.rpartition("@")[2] or "hospes.invalid"
    return Message(
        ticket=ticket,
        kind=kind,
        channel=ticket.channel,
        agent_id=actor.id if actor.kind == "agent" else None,
        author_name=actor.name[:200],
        author_address=ticket.inbox.address,
        subject=ticket.subject,
        html=html,
        text=text,
        external_id=f"{ticket.number.lower()}.{ids.token(18)}@{domain}",
        created_at=now,
        delivery=Message.Delivery.HELD if undo_seconds else Message.Delivery.QUEUED,
        send_after=now + timedelta(seconds=undo_seconds),
    )


def _address_reply(message: Message, ticket: Ticket, copied: list[str]) -> None:
    places = list(Participant.objects.filter(ticket=ticket, removed_at=None))
    requester = next((p for p in places if p.kind == Participant.Kind.REQUESTER), None)
    message.to = [{"name": requester.name, "address": requester.address}] if requester else []
    others = {p.key: {"name": p.name, "address": p.address} for p in places if p is not requester}
    for address in copied:
        join(ticket, address=address, name="", kind=Participant.Kind.CC, customer=None)
        others.setdefault(email_key(address), {"name": "", "address": address})
    message.cc = list(others.values())
    previous = Message.objects.filter(ticket=ticket, kind__in=Message.PUBLIC_KINDS).exclude(external_id="")
    chain = list(previous.order_by("-id").values_list("external_id", flat=True)[:20])
    message.in_reply_to = chain[0] if chain else ""
    message.references = list(reversed(chain))


def _answered(ticket: Ticket, message: Message, status: str, *, actor: Actor, now: datetime) -> list[Event]:
    """Status and first response after a person's answer."""
    happened: list[Event] = []
    if ticket.first_response_at is None:
        ticket.first_response_at = now
    ticket.waiting_since = None
    ticket.snoozed_until = None
    wanted = status or ("open" if ticket.category == "new" else "")
    if wanted and wanted != ticket.category:
        before = ticket.status
        set_status(ticket, builtin_status(_check_category(wanted)), now=now)
        happened.append(
            events.TicketChanged(
                **ids_after(ticket), field="status", before=str(before.pk), after=str(ticket.status_id)
            )
        )
    if ticket.assignee_id is None and actor.kind == "agent":
        ticket.assignee_id = actor.id
        happened.append(events.TicketChanged(**ids_after(ticket), field="assignee", before="", after=str(actor.id)))
    return happened


def _check_category(category: str) -> str:
    if category not in {"new", "open", "waiting", "on_hold", "solved", "closed"}:
        raise InvalidInput(_("Choose one of the statuses."), field="status")
    return category


def _check_addresses(addresses: Sequence[str], *, field: str) -> list[str]:
    good: list[str] = []
    for address in addresses:
        if not address.strip():
            continue
        try:
            validate_email(address.strip())
        except ValidationError:
            raise InvalidInput(
                _("“%(address)s” is not a full e-mail address.") % {"address": address}, field=field
            ) from None
        good.append(address.strip())
    if len(good) > 50:
        raise InvalidInput(_("At most 50 addresses at once."), field=field)
    return good


@transaction.atomic
def undo_send(*, message: Message, actor: Actor, now: datetime) -> Draft | None:
    """Take a reply back within its seconds of grace: it becomes a draft again and the status is as before.

    Raises Conflict when it has left already.
    """
    ticket = lock_ticket(message.ticket, actor)
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.agent_id != actor.id or actor.kind != "agent":
        raise NotAllowed
    if message.delivery != Message.Delivery.HELD or message.send_after is None or message.send_after <= now:
        raise Conflict(_("It has already been sent."))
    draft, _made = Draft.objects.update_or_create(
        ticket=ticket,
        agent_id=actor.id,
        kind="reply" if message.kind == Message.Kind.REPLY else "forward",
        defaults={
            "html": message.html or message.text,
            "cc": [p["address"] for p in message.cc],
            "attachments": list(message.attachments.values_list("token", flat=True)),
            "updated_at": now,
        },
    )
    message.attachments.update(message=None, owner=f"agent:{actor.id}")
    _restore(ticket, message, now)
    message_id = message.pk
    message.delete()
    emit(events.ReplyWithdrawn(**ids_after(ticket), message_id=message_id), actor=actor, now=now)
    return draft


def _restore(ticket: Ticket, message: Message, now: datetime) -> None:
    before: dict[str, Any] = message.undo
    if before.get("status"):
        set_status(ticket, Status.objects.get(pk=before["status"]), now=now)
        ticket.waiting_since = datetime.fromisoformat(before["waiting_since"]) if before.get("waiting_since") else None
        ticket.first_response_at = datetime.fromisoformat(before["first"]) if before.get("first") else None
    last = Message.objects.filter(ticket=ticket).exclude(pk=message.pk).order_by("-id").first()
    if last is not None:
        count_message(ticket, last, now=now, from_customer=last.kind == Message.Kind.INCOMING)
        ticket.message_count -= 2
    ticket.save()


@transaction.atomic
def add_note(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    mentions: Sequence[int] = (),
) -> Message:
    """Write an internal note. Mentioned agents (by id, or data-mention in the HTML) are told."""
    ticket = lock_ticket(ticket, actor, right="ticket.note")
    mentioned = {int(i) for i in MENTION.findall(html)}
    html, text = body_of(html, text)
    message = Message(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        channel="desk",
        agent_id=actor.id if actor.kind == "agent" else None,
        author_name=actor.name[:200],
        html=html,
        text=text,
        created_at=now,
    )
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    index_message(message, ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.message_count += 1
    ticket.save(update_fields=["updated_at", "version", "message_count"])
    Draft.objects.filter(ticket=ticket, agent_id=actor.id, kind="note").delete()
    wanted = {*mentions, *mentioned}
    told = Agent.objects.filter(pk__in=wanted, is_active=True).exclude(pk=actor.id or 0).values_list("pk", flat=True)
    happened: list[Event] = [events.NoteAdded(**ids_after(ticket), message_id=message.pk)]
    happened += [events.AgentMentioned(**ids_after(ticket), message_id=message.pk, agent_id=pk) for pk in sorted(told)]
    emit(*happened, actor=actor, now=now)
    return message


@transaction.atomic
def start_side_conversation(
    *,
    ticket: Ticket,
    to: str,
    subject: str,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    include_message: Message | None = None,
    side: SideConversation | None = None,
    undo_seconds: int = 0,
) -> Message:
    """Write to an outsider inside the ticket (or go on with `side`); forwards `include_message` when given."""
    ticket = lock_ticket(ticket, actor, right="ticket.forward")
    html, text = body_of(html, text or (include_message.text if include_message else ""))
    if include_message is not None and include_message.ticket_id != ticket.pk:
        raise InvalidInput(_("Forward a message of this ticket."), field="include_message")
    if side is None:
        [address] = _check_addresses([to], field="to") or [""]
        if not address:
            raise InvalidInput(_("Write whom it goes to."), field="to")
        side = SideConversation.objects.create(
            ticket=ticket,
            subject=(subject.strip() or ticket.subject)[:500],
            address=address,
            key=email_key(address),
            created_at=now,
        )
    message = _outgoing(ticket, actor, Message.Kind.SIDE_OUT, html=html, text=text, now=now, undo_seconds=undo_seconds)
    message.side = side
    message.subject = side.subject
    message.to = [{"name": side.name, "address": side.address}]
    chain = list(Message.objects.filter(side=side).order_by("id").values_list("external_id", flat=True))
    message.references = chain[-20:]
    message.in_reply_to = chain[-1] if chain else ""
    if include_message is not None:
        message.quoted = include_message.text
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    if include_message is not None:
        attach(message, (_again(a) for a in include_message.attachments.all()), now=now)
    index_message(message, ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.save(update_fields=["updated_at", "version"])
    Draft.objects.filter(ticket=ticket, agent_id=actor.id, kind="forward").delete()
    emit(events.ReplyQueued(**ids_after(ticket), message_id=message.pk), actor=actor, now=now)
    return message


def _again(attachment: Any) -> StoredFile:
    return StoredFile(
        attachment.name,
        attachment.content_type,
        attachment.size,
        attachment.file_key,
        attachment.inline,
        attachment.content_id,
    )


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
    when the inbox does so; "outgoing": we write first and the message is sent. Raises InvalidInput.
    """
    if actor.kind == "agent":
        actor.require("ticket.create")
    if direction not in {"incoming", "outgoing"}:
        raise InvalidInput(_("Choose incoming or outgoing."), field="direction")
    html, text = body_of(html, text)
    if not subject.strip():
        raise InvalidInput(_("Write a subject."), field="subject")
    email = address or next((p.value for p in customer.contact_points.filter(kind="email")), "")
    if direction == "outgoing" and not email:
        raise InvalidInput(_("This customer has no e-mail address yet."), field="customer")
    ticket = Ticket.objects.create(
        number=new_number(),
        subject=subject.strip()[:500],
        status=builtin_status("new"),
        category="new",
        team_id=team_id or inbox.team_id,
        assignee_id=assignee_id,
        customer=customer,
        inbox=inbox,
        channel=channel or inbox.kind,
        language=language or customer.language or inbox.language,
        priority=priority,
        type=type,
        created_at=now,
        updated_at=now,
        promised_at=now + timedelta(hours=inbox.promise_hours),
    )
    if email:
        join(ticket, address=email, name=customer.name, kind="requester", customer=customer)
    happened: list[Event] = [
        events.TicketCreated(**ids_after(ticket), number=ticket.number, customer_id=customer.pk, channel=ticket.channel)
    ]
    if direction == "outgoing":
        emit(*happened, actor=actor, now=now)
        reply(
            ticket=ticket, actor=actor, now=now, html=html, text=text, uploads=uploads, files=files,
            status="waiting", undo_seconds=undo_seconds,
        )  # fmt: skip
        ticket.refresh_from_db()
        return ticket
    message = Message(
        ticket=ticket,
        kind=Message.Kind.INCOMING,
        channel=ticket.channel,
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
    ticket.waiting_since = now
    ticket.save()
    acknowledge = actor.kind == "customer"
    happened.append(events.MessageReceived(**ids_after(ticket), message_id=message.pk, acknowledge=acknowledge))
    emit(*happened, actor=actor, now=now)
    return ticket


@transaction.atomic
def add_customer_message(
    *, ticket: Ticket, customer: Customer, actor: Actor, now: datetime, text: str, uploads: Sequence[str] = ()
) -> Message:
    """A customer writes on their own request in the portal. The caller found the ticket by get_for_customer."""
    ticket = lock_ticket(ticket, actor)
    _html, text = body_of("", text)
    if ticket.category == "closed":
        raise InvalidInput(_("This request is closed. Please open a new one."), field="text")
    message = Message(
        ticket=ticket,
        kind=Message.Kind.INCOMING,
        channel="portal",
        customer=customer,
        author_name=customer.name,
        text=text,
        created_at=now,
    )
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    index_message(message, ticket)
    count_message(ticket, message, now=now, from_customer=True)
    happened: list[Event] = [events.MessageReceived(**ids_after(ticket), message_id=message.pk)]
    if ticket.category in {"solved", "waiting"}:
        if ticket.category == "solved":
            happened.append(events.TicketReopened(**ids_after(ticket), message_id=message.pk))
        set_status(ticket, builtin_status("open"), now=now)
    if ticket.waiting_since is None:
        ticket.waiting_since = now
    ticket.snoozed_until = None
    ticket.save()
    emit(*happened, actor=actor, now=now)
    return message


def default_undo_seconds() -> int:
    """How long a reply from the desk can be taken back."""
    return int(settings.UNDO_SEND_SECONDS)
