"""The one gate of every channel: raw messages become messages on tickets, each exactly once."""

import logging
from datetime import datetime

from django.db import transaction

from hospes.channels.adapter import Raw
from hospes.channels.events import RawMessageFailed
from hospes.channels.models import RawMessage
from hospes.channels.queries import raw_bytes
from hospes.channels.registry import adapters
from hospes.core import files
from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.core.outbox import backoff
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 5


def ingest_waiting(*, now: datetime, limit: int = 50) -> int:
    """Take in up to `limit` raw messages that are due, in the order they came; returns how many were tried."""
    due = list(
        RawMessage.objects.filter(state=RawMessage.State.NEW, next_try_at__lte=now)
        .order_by("next_try_at", "id")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(ingest(pk, now=now) for pk in due)


def ingest(raw_id: int, *, now: datetime) -> bool:
    """Take in one raw message; False when another worker has it. A fault is kept with it and tried again later;
    after MAX_ATTEMPTS it becomes a ticket with the raw original attached, never a row that no one sees."""
    raw = RawMessage.objects.select_related("inbox").filter(pk=raw_id, state=RawMessage.State.NEW).first()
    if raw is None:
        return False
    try:
        incoming = _understand(raw)
        stored = _store_files(incoming)
    except Exception as error:
        log.exception("Raw message %s could not be understood", raw_id)
        _fail(raw, error, now)
        return True
    try:
        return _take_in(raw_id, incoming, stored, now)
    except Exception as error:
        log.exception("Raw message %s could not be taken in", raw_id)
        _fail(raw, error, now)
        return True


def _understand(raw: RawMessage) -> IncomingMessage:
    if raw.attempts >= MAX_ATTEMPTS - 1:
        return _unread(raw)
    adapter = adapters()[raw.channel]
    return adapter.parse(Raw(raw_bytes(raw), raw.envelope, raw.inbox.address))


def _unread(raw: RawMessage) -> IncomingMessage:
    """What stands in for a message that could not be understood: a ticket that says so, with the original on it."""
    from hospes.tickets.incoming import IncomingAttachment

    sender = str(raw.envelope.get("mail_from") or "")
    original = IncomingAttachment("original.eml", "message/rfc822", raw_bytes(raw))
    return IncomingMessage(
        message_id="",
        sender=Person(sender or "unknown@unreadable.invalid"),
        subject="(unreadable message)",
        text="",
        attachments=(original,),
        auto_kind="auto-reply",
        defects=("unreadable",),
    )


def _store_files(incoming: IncomingMessage) -> list[tickets.StoredFile]:
    return [
        tickets.StoredFile(a.name, a.content_type, len(a.content), files.store(a.content), a.inline, a.content_id)
        for a in incoming.attachments
    ]


def _take_in(raw_id: int, incoming: IncomingMessage, stored: list[tickets.StoredFile], now: datetime) -> bool:
    with transaction.atomic():
        raw = (
            RawMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("inbox")
            .filter(pk=raw_id, state=RawMessage.State.NEW)
            .first()
        )
        if raw is None:
            return False
        received = tickets.receive_message(
            incoming=incoming, inbox=raw.inbox, source_id=raw.pk, files=stored, now=now, channel=raw.channel
        )
        raw.state = RawMessage.State.DONE
        raw.message_id = received.message.pk
        raw.error = ""
        raw.save(update_fields=["state", "message_id", "error"])
    return True


def _fail(raw: RawMessage, error: Exception, now: datetime) -> None:
    with transaction.atomic():
        fresh = RawMessage.objects.select_for_update().get(pk=raw.pk)
        if fresh.state != RawMessage.State.NEW:
            return
        fresh.attempts += 1
        fresh.error = f"{type(error).__name__}: {error}"[:2000]
        fresh.next_try_at = now + backoff(fresh.attempts, first=1)
        if fresh.attempts >= MAX_ATTEMPTS:
            fresh.state = RawMessage.State.ATTENTION
            emit(RawMessageFailed(raw_id=fresh.pk, words=fresh.error[:300]), actor=SYSTEM, now=now)
        fresh.save()
