"""Recordings that a provider made: noted when it tells of them, fetched by the channel's worker, kept on our side."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from hospes.calls import events
from hospes.calls.models import Call, Recording
from hospes.core import ids
from hospes.core.actors import SYSTEM
from hospes.core.events import emit
from hospes.core.outbox import backoff
from hospes.tickets.models import Message
from hospes.tickets.operations.base import ids_after

MOST_TRIES: Final = 10
LEASE: Final = timedelta(minutes=5)


@transaction.atomic
def note_recording(*, call_id: int, provider_id: str, source: str, seconds: float, now: datetime) -> None:
    """The provider has a recording ready; told again, nothing changes."""
    call = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
    if Recording.objects.filter(call=call, provider_id=provider_id).exists():
        return
    Recording.objects.create(
        call=call,
        state=Recording.State.WAITING,
        token=ids.token(),
        content_type="audio/mpeg",
        provider_id=provider_id[:200],
        source_url=source[:1000],
        seconds=max(0.0, seconds),
        next_try_at=now,
        created_at=now,
    )


@transaction.atomic
def take_recordings(*, now: datetime, limit: int = 5) -> list[Recording]:
    """Lease what is to be fetched; a worker that dies gives it back after LEASE."""
    due = list(
        Recording.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Recording.State.WAITING, next_try_at__lte=now)
        .exclude(source_url="")
        .select_related("call")
        .order_by("next_try_at", "id")[:limit]
    )
    for one in due:
        one.attempts += 1
        one.next_try_at = now + LEASE
        one.save(update_fields=["attempts", "next_try_at"])
    return due


@transaction.atomic
def recording_fetched(*, recording_id: int, file_key: str, size: int, content_type: str, now: datetime) -> None:
    """It is on our side and can be heard."""
    own = Recording.objects.select_for_update(of=("self",)).get(pk=recording_id)
    if own.state == Recording.State.READY:
        return
    own.state, own.file_key, own.size, own.words = Recording.State.READY, file_key, size, ""
    own.content_type = content_type or own.content_type
    own.save()
    _ready(own, now=now)


def _ready(own: Recording, *, now: datetime) -> None:
    call = Call.objects.select_related("ticket").get(pk=own.call_id)
    told = events.RecordingReady(
        **ids_after(call.ticket), call_id=call.pk, medium=call.medium, recording_id=own.pk, kind=own.kind,
        seconds=int(own.seconds),
    )  # fmt: skip
    emit(told, actor=SYSTEM, now=now)


@transaction.atomic
def recording_not_fetched(*, recording_id: int, words: str, permanent: bool, now: datetime) -> None:
    """The provider did not give it out: again later, or given up where people see it."""
    own = Recording.objects.select_for_update(of=("self",)).get(pk=recording_id)
    own.words = words[:500]
    if not permanent and own.attempts < MOST_TRIES:
        own.next_try_at = now + backoff(own.attempts, first=5)
        own.save(update_fields=["words", "next_try_at"])
        return
    own.state = Recording.State.FAILED
    own.save(update_fields=["words", "state"])
    call = Call.objects.select_related("ticket").get(pk=own.call_id)
    told = events.RecordingFailed(
        **ids_after(call.ticket), call_id=call.pk, medium=call.medium, recording_id=own.pk, words=words[:300]
    )
    emit(told, actor=SYSTEM, now=now)


@transaction.atomic
def keep_voicemail(*, message_id: int, now: datetime) -> None:
    """A voicemail came in by the gate: the file on its message is heard (and written down) like any recording."""
    message = Message.objects.filter(pk=message_id, channel="voice").first()
    known = message.extra.get("voicemail") if message is not None else None
    file = message.attachments.first() if message is not None else None
    if message is None or message.inbox_id is None or file is None or not isinstance(known, dict):
        return
    call = Call.objects.filter(provider_id=str(known.get("call", "")), inbox_id=message.inbox_id).first()
    if call is None or Recording.objects.filter(call=call, provider_id=str(known.get("recording", ""))).exists():
        return
    own = Recording.objects.create(
        call=call,
        kind=Recording.Kind.VOICEMAIL,
        state=Recording.State.READY,
        token=ids.token(),
        content_type=file.content_type[:120],
        provider_id=str(known.get("recording", ""))[:200],
        file_key=file.file_key,
        size=file.size,
        seconds=float(known.get("seconds") or 0),
        created_at=now,
    )
    _ready(own, now=now)
