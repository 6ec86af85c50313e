"""A talk that goes on after the visitor has left: unread answers by mail, once; the whole talk by mail on request."""

import logging
import smtplib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import formats, timezone, translation
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext as _

from hospes.channels.chat import events, policies, queries, saying, shapes
from hospes.channels.models import ChatSite, ChatTranscript, ChatVisitor
from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.core.outbox import backoff
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message
from hospes.tickets.operations.base import ids_after

log = logging.getLogger(__name__)
TRIES: Final = 8
MOST_LINES: Final = 1000
AT_ONCE: Final = timedelta(seconds=20)


@transaction.atomic
def note_answered(*, message_id: int, now: datetime) -> None:
    """One of us answered in a chat: look later whether it was read. Whoever answers us by mail already, or left a
    message while nobody was here, is not made to wait."""
    message = Message.objects.select_related("ticket").filter(pk=message_id, automatic=False).first()
    if message is None or message.kind != Message.Kind.REPLY or not message.thread_key or message.inbox_id is None:
        return
    visitor = ChatVisitor.objects.select_for_update().filter(key=message.thread_key, inbox_id=message.inbox_id).first()
    if visitor is None or not visitor.email or visitor.mail_due_at is not None:
        return
    site = queries.site_of(visitor.inbox_id)
    if not site.mail_minutes:
        return
    latest = Message.objects.filter(ticket_id=message.ticket_id, kind=Message.Kind.INCOMING).order_by("-id").first()
    by_mail = latest is not None and latest.channel == "email"
    visitor.mail_due_at = now + (AT_ONCE if by_mail else timedelta(minutes=site.mail_minutes))
    visitor.save(update_fields=["mail_due_at"])


def continue_waiting(*, now: datetime, limit: int = 50) -> int:
    """Look after visitors whose answers may be unread; returns how many were looked at."""
    due = list(
        ChatVisitor.objects.filter(mail_due_at__lte=now).order_by("mail_due_at").values_list("pk", flat=True)[:limit]
    )
    for pk in due:
        try:
            continue_by_mail(visitor_id=pk, now=now)
        except Exception:  # the next round tries again, and others are not held up
            log.exception("The chat of visitor %s could not be continued by mail", pk)
            ChatVisitor.objects.filter(pk=pk).update(mail_due_at=now + timedelta(minutes=10))
    return len(due)


@transaction.atomic
def continue_by_mail(*, visitor_id: int, now: datetime) -> Message | None:
    """Send what this visitor has not read by mail, unless a page of theirs is open; each answer at most once."""
    visitor = ChatVisitor.objects.select_for_update(skip_locked=True).filter(pk=visitor_id).first()
    if visitor is None or visitor.mail_due_at is None or visitor.mail_due_at > now:
        return None
    site = queries.site_of(visitor.inbox_id)
    if visitor.connected_until is not None and visitor.connected_until > now:
        visitor.mail_due_at = now + timedelta(minutes=max(1, site.mail_minutes))
        visitor.save(update_fields=["mail_due_at"])
        return None
    visitor.mail_due_at = None
    ours = queries.shown(visitor.inbox_id, [visitor.key]).filter(kind=Message.Kind.REPLY, automatic=False)
    unread = list(ours.filter(pk__gt=visitor.mailed_id, read_at=None).select_related("ticket").order_by("id")[:50])
    sent = _send(site, visitor, unread, now) if unread and visitor.email else None
    visitor.save(update_fields=["mail_due_at", "mailed_id"])
    return sent


def _send(site: ChatSite, visitor: ChatVisitor, unread: Sequence[Message], now: datetime) -> Message | None:
    inbox = saying.mail_inbox_of(site)
    ticket = queries.ticket_of(visitor)
    if inbox is None or ticket is None:
        return None
    with translation.override(visitor.language):
        subject = _("%(name)s: our answer to your chat") % {"name": site.inbox.name}
        opening = _("You left our chat before you could read our answer. Here it is:")
        closing = _("Simply answer this mail, or go on in the chat on our page.")
    words = "\n\n".join(message.text for message in unread)
    rich = "".join(shapes.html_of(message) or linebreaks(message.text, autoescape=True) for message in unread)
    message = tickets.mail_copy(
        ticket=ticket,
        inbox=inbox,
        address=visitor.email,
        name=visitor.name if visitor.email_verified else "",
        subject=subject,
        text=f"{opening}\n\n{words}\n\n{closing}",
        html=f"<p>{escape(opening)}</p><blockquote>{rich}</blockquote><p>{escape(closing)}</p>",
        since_message_id=unread[0].pk,
        actor=SYSTEM,
        now=now,
    )
    visitor.mailed_id = unread[-1].pk
    emit(
        events.ChatContinuedByMail(**ids_after(ticket), message_id=message.pk, count=len(unread)),
        actor=SYSTEM,
        now=now,
    )
    return message


# The whole talk --------------------------------------------------------------------------------


def send_transcripts(*, now: datetime, limit: int = 10) -> int:
    """Send the talks that visitors asked for; returns how many were tried."""
    with transaction.atomic():
        taken = list(
            ChatTranscript.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(next_try_at__lte=now)
            .select_related("visitor__inbox")
            .order_by("next_try_at")[:limit]
        )
        for one in taken:  # no network inside a transaction: the lease keeps others away
            one.attempts += 1
            one.next_try_at = now + timedelta(minutes=5)
            one.save(update_fields=["attempts", "next_try_at"])
    for one in taken:
        try:
            transcript_mail(one).send()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("A transcript could not be sent: %s", error)
            later = now + backoff(one.attempts, first=60) if one.attempts < TRIES else None
            ChatTranscript.objects.filter(pk=one.pk).update(next_try_at=later, error=str(error)[:300])
        else:
            ChatTranscript.objects.filter(pk=one.pk).update(next_try_at=None, sent_at=now, error="")
    return len(taken)


def transcript_mail(asked: ChatTranscript) -> EmailMessage:
    """The visitor's own talk, and nothing else of the ticket, in their language."""
    visitor = asked.visitor
    messages = queries.shown(visitor.inbox_id, [visitor.key]).order_by("-id")[:MOST_LINES]
    with translation.override(asked.language), timezone.override(None):
        lines = [_("Here is your chat with %(name)s.") % {"name": visitor.inbox.name}, ""]
        for message in reversed(messages):
            lines += [_head(message, visitor), message.text.strip(), *_files(message), ""]
        lines.append(_("Somebody asked for this mail in our chat. If it was not you, you can ignore it."))
        subject = _("Your chat with %(name)s") % {"name": visitor.inbox.name}
    return EmailMessage(
        subject=" ".join(subject.split())[:200],
        body="\n".join(lines),
        to=[asked.email],
        headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
    )


def _head(message: Message, visitor: ChatVisitor) -> str:
    if message.kind == Message.Kind.INCOMING:
        # Translators: who wrote a line of a chat: the reader of the mail.
        who = _("You")
    elif message.automatic:
        who = visitor.inbox.name
    else:
        who = policies.shown_name(message.agent.name if message.agent else message.author_name)
    local = timezone.localtime(message.created_at)
    when = formats.date_format(local, "SHORT_DATETIME_FORMAT")
    return f"{who}, {when} {local.tzname() or settings.TIME_ZONE}"


def _files(message: Message) -> list[str]:
    return [_("File: %(name)s") % {"name": file.name} for file in message.attachments.all() if not file.inline]
