"""Every write of the channels room: storing raw originals, and what became of deliveries."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from hospes.channels.models import Credential, Delivery, RawMessage
from hospes.core import files, secrets
from hospes.core.actors import SYSTEM, Actor
from hospes.tickets import operations as ticket_operations
from hospes.tickets.models import Inbox, Message

IN_DATABASE_BYTES = 256 * 1024
LEASE = timedelta(minutes=5)


def store_raw(
    *,
    inbox: Inbox,
    external_id: str,
    body: bytes,
    envelope: Mapping[str, Any],
    now: datetime,
    channel: str = "email",
) -> tuple[int, bool]:
    """Keep a raw message; returns its row id and whether it is new. Only after this may the sender be told "taken".

    Big ones go to the file store first (an orphan file loses nothing), small ones into the row itself.
    """
    key = "" if len(body) <= IN_DATABASE_BYTES else files.store(body)
    with transaction.atomic():
        raw, made = RawMessage.objects.get_or_create(
            inbox=inbox,
            external_id=external_id[:200],
            defaults={
                "channel": channel,
                "envelope": dict(envelope),
                "body": None if key else body,
                "file_key": key,
                "size": len(body),
                "received_at": now,
                "next_try_at": now,
            },
        )
    return raw.pk, made


def external_id_of(body: bytes, *, message_id: str = "", mailbox: str = "") -> str:
    """The identity of a pushed mail: the hash of its bytes together with its Message-ID (and for IMAP the mailbox
    position instead), so that a mail sent twice after a lost answer is stored once, and two mails that share a
    Message-ID are both kept."""
    if mailbox:
        return f"imap:{mailbox}"[:200]
    return f"mail:{hashlib.sha256(message_id.encode(errors='replace') + b'|' + body).hexdigest()}"


@transaction.atomic
def queue_delivery(*, message_id: int, now: datetime) -> None:
    """Have a message sent once its time has come; doing it again changes nothing unless it had been given up."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None or message.delivery not in {Message.Delivery.HELD, Message.Delivery.QUEUED}:
        return
    delivery, made = Delivery.objects.select_for_update().get_or_create(
        message=message, defaults={"next_try_at": message.send_after or now}
    )
    if not made and delivery.state == Delivery.State.GIVEN_UP:
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
    *, delivery_id: int, now: datetime, receipt: str = "", words: str = "", actor: Actor = SYSTEM
) -> None:
    """The provider took it."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.state = Delivery.State.SENT
    delivery.receipt = receipt[:300]
    delivery.words = words[:1000]
    delivery.taken_until = None
    delivery.save()
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
    kept = secrets.unseal(credential.sealed)
    kept.update({name: value for name, value in values.items() if value not in ("", None)})
    for name, value in values.items():
        if value is None:
            kept.pop(name, None)
    credential.sealed = secrets.seal(kept)
    credential.checked_at = None
    credential.working = None
    credential.save()


def note_credential(*, inbox_id: int, working: bool, words: str, now: datetime) -> None:
    """What came of the last use of a credential, for `hospes check` and the settings page."""
    Credential.objects.filter(pk=inbox_id).update(working=working, words=words[:500], checked_at=now)
