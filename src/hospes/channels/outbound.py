"""The one way out: leases due deliveries, lets the channel send, keeps what became of them."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from hospes.channels import files_out, operations, queries, templates
from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Quote
from hospes.channels.models import Delivery
from hospes.channels.registry import adapters
from hospes.core import clock, files
from hospes.core.outbox import backoff
from hospes.customers.policies import email_key
from hospes.tickets.models import Inbox, Message
from hospes.tickets.policies import reply_address
from hospes.tickets.queries.work import with_link

log = logging.getLogger(__name__)
GIVE_UP_AFTER = timedelta(days=3)
LOOK_AGAIN = timedelta(minutes=5)


def deliver_waiting(*, now: datetime, limit: int = 10) -> int:
    """Send up to `limit` due messages; returns how many were tried."""
    taken = operations.take_deliveries(now=now, limit=limit)
    for delivery in taken:
        deliver(delivery)
    return len(taken)


def deliver(delivery: Delivery) -> None:
    """Send one leased message and keep the outcome. Temporary failures are tried again for three days."""
    message = (
        Message.objects.select_related("ticket__inbox", "inbox", "side", "agent")
        .prefetch_related("attachments")
        .get(pk=delivery.message_id)
    )
    inbox = message.inbox or message.ticket.inbox
    try:
        if operations.has_opted_out(message, inbox):
            raise ChannelError("They asked for no more messages here (STOP).", permanent=True)
        outgoing = compose(message, done=tuple(delivery.done_recipients))
        receipt = adapters()[inbox.kind].send(outgoing, queries.credential_of(inbox.pk))
    except ChannelError as error:
        if error.opted_out and message.to:
            operations.note_opt_out(inbox=inbox, address=message.to[0]["address"], out=True, now=clock.now())
        _failed(delivery, error)
    except Exception as error:  # a fault of ours must not lose the message
        log.exception("Delivery %s failed", delivery.pk)
        _failed(delivery, ChannelError(f"{type(error).__name__}: {error}", permanent=False))
    else:
        words = "; ".join(f"{who}: {what}" for who, what in (receipt.refused or {}).items()) or receipt.words
        operations.finish_delivery(
            delivery_id=delivery.pk, receipt=receipt.provider_id, words=words, now=clock.now(), inbox=inbox
        )


def _failed(delivery: Delivery, error: ChannelError) -> None:
    now = clock.now()
    first = delivery.first_try_at or now
    later = now + max(backoff(delivery.attempts, first=20), timedelta(seconds=error.retry_after))
    if not error.set_up:
        later = min(later, now + LOOK_AGAIN)  # an admin may put it right at any moment
    give_up = error.permanent or later - first > GIVE_UP_AFTER
    operations.fail_delivery(
        delivery_id=delivery.pk,
        words=error.words,
        next_try_at=None if give_up else later,
        done_recipients=error.recipients_done,
        now=now,
    )


def compose(message: Message, *, done: tuple[str, ...] = ()) -> OutgoingMessage:
    """A message as channels send it. Reply addresses are bound to each recipient, so each gets their own copy."""
    ticket = message.ticket
    inbox: Inbox = message.inbox or ticket.inbox
    people = [*message.to, *message.cc]
    side = f"side{message.side_id}:" if message.side_id else ""
    reply_to = {
        p["address"]: reply_address(inbox.address, ticket.number, side + email_key(p["address"])) for p in people
    }
    # The names in an automatic answer's address fields are the sender's own words, and may be an attacker's.
    named = not message.automatic
    answered_id, answered_at = _answered(message, inbox)
    return OutgoingMessage(
        message_id=message.external_id,
        number=ticket.shown_number,
        subject=_subject(message),
        text=with_link(message) + (f"\n\n{message.quoted}" if message.side_id and message.quoted else ""),
        html=message.html if not (message.side_id and message.quoted) else "",
        sender=(f"{message.author_name} ({inbox.name})" if message.agent_id else inbox.name, inbox.address),
        to=tuple((p.get("name", "") if named else "", p["address"]) for p in message.to),
        cc=tuple((p.get("name", "") if named else "", p["address"]) for p in message.cc),
        reply_to=reply_to,
        in_reply_to=message.in_reply_to,
        references=tuple(message.references),
        automatic=message.automatic,
        language=ticket.language,
        at=message.created_at,
        files=tuple(
            OutgoingFile(a.name, a.content_type, files.load(a.file_key), a.inline, a.content_id)
            for a in message.attachments.all()
        ),
        done_recipients=done,
        signature_html=_signature(message, inbox),
        quote=_quote(message),
        extra=templates.with_parts(message.extra, inbox),
        thread_key=message.thread_key,
        answered_id=answered_id,
        answered_at=answered_at,
        file_urls=tuple(files_out.url_of(a) for a in message.attachments.all()),
        inbox_id=inbox.pk,
    )


def _answered(message: Message, inbox: Inbox) -> tuple[str, datetime | None]:
    """The channel's id of the customer's latest message in this talk, and when it came."""
    if inbox.kind == "email":
        return "", None
    said = Message.objects.filter(ticket_id=message.ticket_id, inbox=inbox, kind=Message.Kind.INCOMING)
    said = said.filter(thread_key=message.thread_key, pk__lt=message.pk).order_by("-id")
    return said.values_list("external_id", "created_at").first() or ("", None)


def _subject(message: Message) -> str:
    """The ticket's subject with its number. An automatic answer says nothing that its receiver's enemy chose, so it
    has a subject of its own or the usual one: anyone can write to us in another's name (hardening row 14)."""
    ticket = message.ticket
    mark = f"[#{ticket.shown_number}]"
    if message.automatic:
        language = ticket.language if ticket.language in dict(settings.LANGUAGES) else ticket.inbox.language
        with translation.override(language):
            # Translators: subject of the automatic answer to a customer's first message
            return f"{message.subject or gettext('We have received your message')} {mark}"
    subject = message.subject or ticket.subject
    if message.in_reply_to and not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    return subject if mark in subject else f"{subject} {mark}".strip()


def _signature(message: Message, inbox: Inbox) -> str:
    """The writer's own, then the inbox's; an automatic answer has neither."""
    if message.automatic:
        return ""
    own = message.agent.signature_html if message.agent else ""
    return "<br>".join(part for part in (own, inbox.signature_html) if part)


def _quote(message: Message) -> Quote | None:
    """The words that a person's answer answers: the customer's last ones (the outsider's, in a side conversation).
    Never below an automatic answer (see _subject)."""
    if message.automatic:
        return None
    kind = Message.Kind.SIDE_IN if message.side_id else Message.Kind.INCOMING
    answered = (
        Message.objects.filter(ticket_id=message.ticket_id, side_id=message.side_id, kind=kind, automatic=False)
        .filter(pk__lt=message.pk)
        .order_by("-pk")
        .first()
    )
    if answered is None or not answered.text.strip():
        return None
    return Quote(answered.author_name or answered.author_address, answered.created_at, answered.text)
