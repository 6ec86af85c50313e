"""The one gate of every channel: raw messages become messages on tickets, each exactly once."""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from hospes.channels import news, operations
from hospes.channels.adapter import ChannelError, News, Parsed, Raw
from hospes.channels.events import RawMessageFailed
from hospes.channels.models import RawMessage, SentPart
from hospes.channels.queries import credential_of, raw_bytes
from hospes.channels.registry import adapters
from hospes.core import files
from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.core.outbox import backoff
from hospes.customers.queries import find_by_contact
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.queries import setup

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
WAIT_FOR_MESSAGE = 3  # tries of news that came before their message
TOGETHER_BYTES = 4 * 1024 * 1024


def ingest_waiting(*, now: datetime, limit: int = 20) -> int:
    """Take in up to `limit` raw messages that are due, in the order they came; returns how many were tried.

    They are taken in together in one transaction, each in its own savepoint. Where that does not work out, each is
    taken in alone, so that one cannot hold up the others.
    """
    due = list(
        RawMessage.objects.filter(state=RawMessage.State.NEW, next_try_at__lte=now)
        .select_related("inbox")
        .order_by("next_try_at", "id")[:limit]
    )
    found = len(due)
    if found > 1 and sum(raw.size for raw in due) <= TOGETHER_BYTES:
        try:
            tried = _take_in_together(due, now)
        except Exception as error:  # a lost connection, a deadlock with another worker
            log.warning("A batch of %s raw messages could not be taken in together: %s", len(due), error)
        else:
            due = [raw for raw in due if raw.pk not in tried]
    for raw in due:
        ingest(raw.pk, now=now)
    return found


def _take_in_together(due: list[RawMessage], now: datetime) -> set[int]:
    """Take in those that nothing is wrong with; returns which were dealt with, by us or by another worker."""
    understood: dict[int, tuple[IncomingMessage, list[tickets.StoredFile]]] = {}
    for raw in due:
        try:
            incoming = _understand(raw)
            if isinstance(incoming, IncomingMessage) and not incoming.remote_files and not _must_ask(incoming):
                understood[raw.pk] = (incoming, _store_files(incoming))
        except Exception:  # dealt with alone
            log.info("Raw message %s goes alone", raw.pk)
    by_id = {raw.pk: raw for raw in due}
    done: dict[int, int] = {}
    with setup.remembered(), transaction.atomic():
        locked = RawMessage.objects.select_for_update(skip_locked=True).filter(
            pk__in=understood, state=RawMessage.State.NEW
        )
        mine = list(locked.order_by("next_try_at", "id").values_list("pk", flat=True))
        for pk in mine:
            incoming, stored = understood[pk]
            raw = by_id[pk]
            with suppress(Exception):  # dealt with alone, where its fault is kept
                done[pk] = _receive(raw, incoming, stored, now).message.pk
        _mark_done(done)
    return {*done, *(understood.keys() - set(mine))}


def _receive(
    raw: RawMessage, incoming: IncomingMessage, stored: list[tickets.StoredFile], now: datetime
) -> tickets.Received:
    """Hand it to tickets, within the transaction that marks it done."""
    if adapters()[raw.channel].writing_returns:
        operations.note_opt_out(inbox=raw.inbox, address=incoming.sender.address, out=False, now=now)
    return tickets.receive_message(
        incoming=incoming, inbox=raw.inbox, source_id=raw.pk, files=stored, now=now, channel=came_by(raw, incoming)
    )


def came_by(raw: RawMessage, incoming: IncomingMessage) -> str:
    """The channel of a message's talk: its own, unless it is to be gone on with by another (a chat's offline form)."""
    return str(incoming.extra.get("came_by") or raw.channel)


def _mark_done(done: dict[int, int]) -> None:
    if done:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE hospes_channels_rawmessage AS raw SET state = 'done', message_id = taken.message_id, error = ''"
                " FROM unnest(%s::bigint[], %s::bigint[]) AS taken (id, message_id) WHERE raw.id = taken.id",
                [list(done), list(done.values())],
            )


def ingest(raw_id: int, *, now: datetime) -> bool:
    """Take in one raw message; False when another worker has it. A fault is kept with it and tried again later;
    after MAX_ATTEMPTS it becomes a ticket with the raw original attached, never a row that no one sees."""
    raw = RawMessage.objects.select_related("inbox").filter(pk=raw_id, state=RawMessage.State.NEW).first()
    if raw is None:
        return False
    try:
        incoming = _understand(raw)
        if isinstance(incoming, IncomingMessage):
            incoming = _with_files(raw, _completed(raw, incoming))
            stored = _store_files(incoming)
    except ChannelError as error:  # the provider does not give its files out now
        _fail(raw, error, now)
        return True
    except Exception as error:
        log.exception("Raw message %s could not be understood", raw_id)
        _fail(raw, error, now)
        return True
    try:
        if not isinstance(incoming, IncomingMessage):
            return _take_news(raw_id, incoming, now)
        return _take_in(raw_id, incoming, stored, now)
    except Exception as error:
        log.exception("Raw message %s could not be taken in", raw_id)
        _fail(raw, error, now)
        return True


def _understand(raw: RawMessage) -> Parsed:
    if raw.attempts >= MAX_ATTEMPTS - 1:
        return _unread(raw)
    adapter = adapters()[raw.channel]
    return _answering(raw, adapter.parse(Raw(raw_bytes(raw), raw.envelope, raw.inbox.address)))


def _answering(raw: RawMessage, parsed: Parsed) -> Parsed:
    """What answers a message of ours names it by the provider's id; from here on by our own, so that it finds the
    ticket of just that message."""
    if raw.channel == "email" or not isinstance(parsed, IncomingMessage) or not parsed.in_reply_to:
        return parsed
    sent = SentPart.objects.filter(inbox_id=raw.inbox_id, provider_id=parsed.in_reply_to[:200])
    ours = sent.values_list("message__external_id", flat=True).first()
    return replace(parsed, in_reply_to=ours) if ours else parsed


def _must_ask(incoming: IncomingMessage) -> bool:
    """Whether the channel has to be asked first: for a name only while we do not know this sender's."""
    if incoming.ask != "name":
        return bool(incoming.ask)
    known = find_by_contact(incoming.identity or "handle", incoming.sender.address)
    return known is None or not known.name


def _completed(raw: RawMessage, incoming: IncomingMessage) -> IncomingMessage:
    """The message with what its channel tells on asking. A name that is not told now is asked for with the next
    message; details are waited for, until the last try takes the message in without them."""
    if not _must_ask(incoming):
        return incoming
    try:
        return adapters()[raw.channel].complete(incoming, credential_of(raw.inbox_id))
    except ChannelError as error:
        if incoming.ask == "name":
            return incoming
        if not error.permanent and raw.attempts < MAX_ATTEMPTS - 2:
            raise
        return replace(incoming, defects=(*incoming.defects, f"details not told ({error.words})"[:300]))


def _with_files(raw: RawMessage, incoming: IncomingMessage) -> IncomingMessage:
    """The message with the files that the channel keeps. One that is not given out for good is named in the defects;
    one that is not given out now makes the whole wait, until the last try takes the message in without it."""
    if not incoming.remote_files:
        return incoming
    got, defects = list(incoming.attachments), list(incoming.defects)
    credential = credential_of(raw.inbox_id)
    for remote in incoming.remote_files:
        try:
            got.append(adapters()[raw.channel].fetch(remote, credential))
        except ChannelError as error:
            if not error.permanent and raw.attempts < MAX_ATTEMPTS - 2:
                raise
            defects.append(f"file not fetched: {remote.name or remote.ref} ({error.words})"[:300])
    return replace(incoming, attachments=tuple(got), defects=tuple(defects), remote_files=())


def _take_news(raw_id: int, told: News | None, now: datetime) -> bool:
    """What a channel tells of messages that are there already; news of what is not there yet wait for it."""
    with transaction.atomic():
        raw = RawMessage.objects.select_for_update(skip_locked=True, of=("self",)).select_related("inbox")
        found = raw.filter(pk=raw_id, state=RawMessage.State.NEW).first()
        if found is None:
            return False
        if told is not None and not news.take(told, inbox=found.inbox, now=now) and found.attempts < WAIT_FOR_MESSAGE:
            found.attempts += 1
            found.next_try_at = now + backoff(found.attempts, first=1)
            found.save(update_fields=["attempts", "next_try_at"])
            return True
        found.state = RawMessage.State.DONE
        found.error = ""
        found.save(update_fields=["state", "error"])
    return True


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
        received = _receive(raw, incoming, stored, now)
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
