"""Every write of the channels room: storing raw originals, and what became of deliveries."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, connection, transaction

from hospes.channels.adapter import Piece
from hospes.channels.models import (
    Credential,
    Delivery,
    MailboxPosition,
    OptOut,
    RawMessage,
    SeenCall,
    SentPart,
)
from hospes.core import files, secrets
from hospes.core.actors import SYSTEM, Actor
from hospes.customers import operations as customer_operations
from hospes.tickets import operations as ticket_operations
from hospes.tickets.models import Inbox, Message
from hospes.tickets.operations.setup import tell

IN_DATABASE_BYTES = 256 * 1024
LEASE = timedelta(minutes=5)
_MAILBOX_LOCK = 0x494D4150
_SAME_MAILBOX = ("imap_host", "imap_user", "imap_folder")


@dataclass(frozen=True, slots=True)
class NewRaw:
    """A raw message to keep; `external_id` tells it from every other of its inbox."""

    inbox_id: int
    external_id: str
    body: bytes
    envelope: Mapping[str, Any]
    channel: str = "email"


_STORE = """INSERT INTO hospes_channels_rawmessage (inbox_id, channel, external_id, envelope, body, file_key, size,
    received_at, state, attempts, next_try_at, error)
    SELECT inbox_id, channel, external_id, envelope::jsonb, body, file_key, size, %s, 'new', 0, %s, ''
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::bytea[], %s::text[], %s::bigint[])
    AS given (inbox_id, channel, external_id, envelope, body, file_key, size)
    ON CONFLICT (inbox_id, external_id) DO NOTHING RETURNING id, inbox_id, external_id"""


def store_raws(*, raws: Sequence[NewRaw], now: datetime) -> list[tuple[int, bool]]:
    """Keep raw messages in one transaction; for each its row id and whether it is new. Only after this may the
    senders be told "taken".

    Big ones go to the file store first (an orphan file loses nothing), small ones into the row itself.
    """
    rows = []
    for raw in raws:
        key = "" if len(raw.body) <= IN_DATABASE_BYTES else files.store(raw.body)
        envelope = json.dumps(_storable(dict(raw.envelope)))
        rows.append(
            (raw.inbox_id, raw.channel, raw.external_id[:200], envelope, None if key else raw.body, key, len(raw.body))
        )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STORE, [now, now, *(list(column) for column in zip(*rows, strict=True))])
        made = {(inbox_id, external_id): pk for pk, inbox_id, external_id in cursor.fetchall()}
    stored: list[tuple[int, bool]] = []
    for raw in raws:
        identity = (raw.inbox_id, raw.external_id[:200])
        new = made.pop(identity, None)
        known = new or RawMessage.objects.values_list("pk", flat=True).get(
            inbox_id=identity[0], external_id=identity[1]
        )
        stored.append((known, new is not None))
    return stored


def _storable(value: Any) -> Any:
    """A value that PostgreSQL's JSON takes: no NUL, no lone surrogates (raw bytes in an SMTP command)."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()[:2000]
    if isinstance(value, Mapping):
        return {str(k): _storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(v) for v in value]
    return value


def store_raw(
    *,
    inbox: Inbox,
    external_id: str,
    body: bytes,
    envelope: Mapping[str, Any],
    now: datetime,
    channel: str = "email",
) -> tuple[int, bool]:
    """Keep one raw message; see store_raws."""
    [stored] = store_raws(raws=[NewRaw(inbox.pk, external_id, body, envelope, channel)], now=now)
    return stored


@transaction.atomic
def queue_delivery(*, message_id: int, now: datetime) -> None:
    """Have a message sent once its time has come; asked again, only what was given up or came back goes anew."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None or message.delivery not in {Message.Delivery.HELD, Message.Delivery.QUEUED}:
        return
    delivery, made = Delivery.objects.select_for_update().get_or_create(
        message=message, defaults={"next_try_at": message.send_after or now}
    )
    if not made and delivery.state in {Delivery.State.GIVEN_UP, Delivery.State.SENT}:
        # Somebody wants it tried again: after giving up to those who lack it, after a bounce to all.
        if delivery.state == Delivery.State.SENT:
            delivery.done_recipients = []
        delivery.state = Delivery.State.WAITING
        delivery.attempts = 0
        delivery.first_try_at = None
        delivery.next_try_at = now
        delivery.save()


@transaction.atomic
def take_deliveries(*, now: datetime, limit: int) -> list[Delivery]:
    """Lease due deliveries to this worker; a worker that dies gives them back after LEASE."""
    due = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Delivery.State.WAITING, next_try_at__lte=now)
        .order_by("next_try_at", "id")[:limit]
    )
    for delivery in due:
        # No network inside a transaction: the lease keeps others away while we talk to the provider.
        delivery.next_try_at = now + LEASE
        delivery.taken_until = now + LEASE
        delivery.attempts += 1
        delivery.first_try_at = delivery.first_try_at or now
        delivery.save(update_fields=["next_try_at", "taken_until", "attempts", "first_try_at"])
    ids = [d.message_id for d in due]
    Message.objects.filter(pk__in=ids, delivery=Message.Delivery.HELD).update(delivery=Message.Delivery.QUEUED)
    return due


@transaction.atomic
def finish_delivery(
    *,
    delivery_id: int,
    now: datetime,
    receipt: str = "",
    words: str = "",
    actor: Actor = SYSTEM,
    inbox: Inbox | None = None,
) -> None:
    """The provider took it; its ids of the message's parts are kept for the news of them."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.state = Delivery.State.SENT
    delivery.receipt = receipt[:300]
    delivery.words = words[:1000]
    delivery.taken_until = None
    delivery.save()
    if inbox is not None and inbox.kind != "email":
        SentPart.objects.bulk_create(
            (
                SentPart(inbox=inbox, provider_id=part[:200], message_id=delivery.message_id, at=now)
                for part in receipt.split()
            ),
            ignore_conflicts=True,
        )
    ticket_operations.mark_delivery(message_id=delivery.message_id, state="sent", words=words, actor=actor, now=now)


@transaction.atomic
def fail_delivery(
    *,
    delivery_id: int,
    now: datetime,
    words: str,
    next_try_at: datetime | None,
    done_recipients: tuple[str, ...] = (),
    actor: Actor = SYSTEM,
) -> None:
    """The provider said no: try again at `next_try_at`, or give up visibly when it is None."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.words = words[:1000]
    delivery.taken_until = None
    delivery.done_recipients = sorted({*delivery.done_recipients, *done_recipients})
    if next_try_at is None:
        delivery.state = Delivery.State.GIVEN_UP
    else:
        delivery.next_try_at = next_try_at
    delivery.save()
    state = "failed" if next_try_at is None else "queued"
    ticket_operations.mark_delivery(message_id=delivery.message_id, state=state, words=words, actor=actor, now=now)


@transaction.atomic
def retry_raw(*, raw_id: int, now: datetime, actor: Actor) -> None:
    """Try a raw message again that waits for attention."""
    actor.require("delivery.decide")
    RawMessage.objects.filter(pk=raw_id, state=RawMessage.State.ATTENTION).update(
        state=RawMessage.State.NEW, attempts=0, next_try_at=now
    )


@transaction.atomic
def save_credential(*, inbox: Inbox, values: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Keep an inbox's provider settings, sealed. Empty values keep what was there (passwords are never shown)."""
    actor.require("inbox.manage")
    credential, _made = Credential.objects.select_for_update().get_or_create(inbox=inbox)
    before = secrets.unseal(credential.sealed)
    kept = dict(before)
    kept.update({name: value for name, value in values.items() if value not in ("", None)})
    for name, value in values.items():
        if value is None:
            kept.pop(name, None)
    if values.get("imap_host") and any(values.get(name) != before.get(name) for name in _SAME_MAILBOX):
        kept["imap_saved_at"] = now.isoformat()  # mail from before is not ours to answer
    credential.sealed = secrets.seal(kept)
    credential.checked_at = None
    credential.working = None
    credential.save()
    tell("inbox", inbox.pk, "connected", inbox.name, actor, now)
    # What waited for this credential goes at once.
    Delivery.objects.filter(
        state=Delivery.State.WAITING, message__ticket__inbox=inbox, attempts__gt=0, taken_until=None
    ).update(next_try_at=now)


def note_credential(*, inbox_id: int, working: bool, words: str, now: datetime) -> None:
    """What came of the last use of a credential, for `hospes check` and the settings page."""
    Credential.objects.filter(pk=inbox_id).update(working=working, words=words[:500], checked_at=now)


def mailbox_position(*, inbox: Inbox, folder: str, uidvalidity: int) -> MailboxPosition:
    """How far a folder has been read; a folder that was made anew (another UIDVALIDITY) begins at its start."""
    position, _made = MailboxPosition.objects.get_or_create(inbox=inbox, folder=folder[:200], uidvalidity=uidvalidity)
    return position


def advance_position(*, position: MailboxPosition, uid: int) -> None:
    """All up to this UID is stored. Never goes back, whoever else reads the same mailbox."""
    MailboxPosition.objects.filter(pk=position.pk, last_uid__lt=uid).update(last_uid=uid)
    position.last_uid = max(position.last_uid, uid)


@contextmanager
def one_reader(inbox_id: int) -> Iterator[bool]:
    """Whether nobody else reads this inbox's mailbox now; held until the block ends or the connection does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_MAILBOX_LOCK, inbox_id])
        row = cursor.fetchone()
        mine = bool(row and row[0])
        try:
            yield mine
        finally:
            if mine:
                with suppress(DatabaseError):
                    cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_MAILBOX_LOCK, inbox_id])


@transaction.atomic
def note_came_back(*, inbox: Inbox, provider_id: str, recipient: str, words: str, now: datetime) -> bool:
    """A provider tells that a sent message was not delivered for good; False when it is none of ours."""
    found = Delivery.objects.filter(message__ticket__inbox=inbox, receipt__contains=provider_id, receipt__gt="")
    delivery = found.select_related("message__ticket").order_by("-id").first()
    if delivery is None or provider_id not in delivery.receipt.split():
        return False
    if delivery.message.delivery != Message.Delivery.BOUNCED:  # told before
        ticket_operations.mark_bounced(message=delivery.message, words=words, actor=SYSTEM, now=now)
        if recipient:
            customer_operations.mark_bounced(email=recipient, reason=words, actor=SYSTEM, now=now)
    return True


@transaction.atomic
def take_call(*, inbox: Inbox, digest: str, pieces: Sequence[tuple[int, Piece]], channel: str, now: datetime) -> bool:
    """Keep what a verified webhook call brought, as (inbox id, piece), in one transaction; False when the very same
    call was taken before. An inbox id of 0 is nobody's: such pieces are counted and not kept."""
    _seen, new = SeenCall.objects.get_or_create(inbox=inbox, digest=digest, defaults={"at": now})
    if not new:
        return False
    raws = [NewRaw(pk, piece.external_id, piece.body, piece.envelope, channel) for pk, piece in pieces if pk]
    if raws:
        store_raws(raws=raws, now=now)
    for _foreign in range(len(pieces) - len(raws)):
        count_call(inbox=inbox, outcome="not ours", now=now)
    Credential.objects.update_or_create(inbox=inbox, defaults={"seen_at": now})
    count_call(inbox=inbox, outcome="taken", now=now)
    return True


def count_call(*, inbox: Inbox, outcome: str, now: datetime) -> None:
    """Count one call by its outcome: taken, or why it was refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hospes_channels_doorcount (inbox_id, day, outcome, count) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (inbox_id, day, outcome) DO UPDATE SET count = hospes_channels_doorcount.count + 1",
            [inbox.pk, now.date(), outcome[:20]],
        )


@transaction.atomic
def forget_calls(*, now: datetime, older_than: timedelta = timedelta(days=14)) -> int:
    """Forget calls that no provider repeats any more."""
    deleted, _by_table = SeenCall.objects.filter(at__lt=now - older_than).delete()
    return deleted


@transaction.atomic
def note_opt_out(*, inbox: Inbox, address: str, out: bool, now: datetime) -> None:
    """Somebody wants no more messages from this inbox, or wants them again."""
    if out:
        OptOut.objects.get_or_create(inbox=inbox, address=address[:320], defaults={"at": now})
    else:
        OptOut.objects.filter(inbox=inbox, address=address[:320]).delete()


def has_opted_out(message: Message, inbox: Inbox) -> bool:
    """Whether the receiver of a message wants none from this inbox."""
    addresses = [person["address"] for person in message.to]
    return inbox.kind != "email" and OptOut.objects.filter(inbox=inbox, address__in=addresses).exists()


@transaction.atomic
def note_failed(*, message: Message, words: str, permanent: bool, now: datetime) -> None:
    """A provider tells that a message which it took was not delivered after all."""
    delivery = Delivery.objects.select_for_update().filter(message=message).first()
    if delivery is None or delivery.state in {Delivery.State.GIVEN_UP, Delivery.State.WITHDRAWN}:
        return
    delivery.words = words[:1000]
    delivery.state = Delivery.State.GIVEN_UP
    delivery.save(update_fields=["words", "state"])
    ticket_operations.mark_delivery(message_id=message.pk, state="failed", words=words, actor=SYSTEM, now=now)
