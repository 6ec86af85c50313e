"""Recording in the agent's browser: numbered pieces of some seconds, each stored at once, joined when it is over."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.calls import events, policies
from hospes.calls.models import Call, Recording, RecordingPiece, Transcript
from hospes.calls.operations.base import Held, finish, lock_call
from hospes.calls.webm import make_whole
from hospes.core import files, ids
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound, TooLarge
from hospes.core.outbox import backoff

log = logging.getLogger(__name__)
TYPES: Final = ("audio/webm", "audio/ogg", "audio/mp4", "video/webm", "video/mp4")
LARGEST_PIECE: Final = 8 * 1024 * 1024
MOST_PIECES: Final = 8 * 3600 // 4  # eight hours of four seconds
LATE: Final = timedelta(minutes=2)  # pieces that a lost line held back may still come
KEPT: Final = timedelta(days=7)  # so long the pieces of a recording wait for those that its browser still holds
SETTLES: Final = timedelta(seconds=15)  # pieces that come late come together
SLACK: Final = timedelta(minutes=1)  # by which a browser's clock may run ahead of ours
LEASE: Final = timedelta(minutes=5)
ATTEMPTS: Final = 8


@transaction.atomic
def start_recording(*, call: Call, content_type: str, actor: Actor, now: datetime) -> Recording:
    """Begin. Only somebody of ours who is in the call may, and only when the customer said yes. Raises Conflict
    (code no-consent), NotFound."""
    held = _in_it(call.pk, actor)
    if held.call.facts.get("consent") != "yes":
        raise Conflict(_("The customer has not allowed recording yet."), code="no-consent")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in TYPES:
        raise InvalidInput(_("This browser records in a way that cannot be kept."), field="type")
    close_open(held.call, now=now + LATE)
    recording = Recording.objects.create(call=held.call, token=ids.token(), content_type=kind, created_at=now)
    held.call.recorded = True
    held.told.append(events.CallRecording(**held.ids(), recording_id=recording.pk, on=True))
    finish(held, actor=actor, now=now)
    return recording


def _in_it(call_id: int, actor: Actor) -> Held:
    held = lock_call(call_id, actor)
    if not any(p.agent_id is not None and p.agent_id == actor.id and p.state in policies.IN for p in held.parts):
        raise NotFound
    return held


def close_open(call: Call, *, now: datetime) -> None:
    """What is still open is joined from `now` on."""
    Recording.objects.filter(call=call, state=Recording.State.OPEN).update(
        state=Recording.State.WAITING, next_try_at=now
    )


def keep_piece(*, token: str, number: int, content: bytes, actor: Actor, now: datetime) -> None:
    """Some seconds of a recording; the same number again changes nothing. One that comes after the others were joined
    (the browser had lost its line, and kept it) has them joined anew. Raises NotFound, Conflict, TooLarge."""
    if not content or len(content) > LARGEST_PIECE or not 0 <= number < MOST_PIECES:
        raise TooLarge(_("This piece of a recording is too large."))
    recording = _own(token, actor)
    if RecordingPiece.objects.filter(recording=recording, number=number).exists():
        return
    key = default_storage.save(f"pieces/{token[:2]}/{token}-{number}", ContentFile(content))
    with transaction.atomic():
        held = Recording.objects.select_for_update().get(pk=recording.pk)
        made, takes = False, _takes(held, now=now)
        if takes:
            _piece, made = RecordingPiece.objects.get_or_create(
                recording=recording, number=number, defaults={"file_key": key, "size": len(content)}
            )
            _anew(held, now=now)
    if not made:
        default_storage.delete(key)
    if not takes:
        raise Conflict(_("This recording is closed."), code="closed")


def _takes(recording: Recording, *, now: datetime) -> bool:
    """Whether it is open for pieces: being made, or joined of what there was while its browser never said "all"."""
    if recording.state in {Recording.State.OPEN, Recording.State.WAITING}:
        return True
    return not recording.whole and now - recording.created_at < KEPT


def _anew(recording: Recording, *, now: datetime) -> None:
    if recording.state in {Recording.State.READY, Recording.State.FAILED}:
        recording.state, recording.next_try_at, recording.attempts = Recording.State.WAITING, now + SETTLES, 0
        recording.save(update_fields=["state", "next_try_at", "attempts"])


def _own(token: str, actor: Actor) -> Recording:
    """A recording in the browser of somebody who was in its call. Pieces may come after the call's end."""
    found = Recording.objects.filter(token=token, source_url="", call__parts__agent_id=actor.own_id).first()
    if found is None or actor.kind != "agent":
        raise NotFound
    return found


@transaction.atomic
def finish_recording(*, token: str, actor: Actor, now: datetime, seconds: float = 0.0) -> None:
    """Every piece is here: join them."""
    recording = _own(token, actor)
    held = lock_call(recording.call_id, SYSTEM)
    own = Recording.objects.select_for_update().get(pk=recording.pk)
    if own.whole or not _takes(own, now=now):
        return
    own.state, own.whole, own.next_try_at = Recording.State.WAITING, True, now
    own.seconds = max(0.0, min(seconds, 8 * 3600))
    own.save(update_fields=["state", "whole", "next_try_at", "seconds"])
    if held.call.recorded and held.call.state != policies.ENDED:
        held.call.recorded = Recording.objects.filter(call=held.call, state=Recording.State.OPEN).exists()
    held.told.append(events.CallRecording(**held.ids(), recording_id=recording.pk, on=False))
    finish(held, actor=actor, now=now)


def close_abandoned(*, now: datetime) -> int:
    """Recordings whose call is over and whose browser said nothing more: what there is of them is joined."""
    over = Recording.objects.filter(
        state=Recording.State.OPEN, source_url="", call__state=Call.State.ENDED, call__ended_at__lte=now - LATE / 4
    )
    return over.update(state=Recording.State.WAITING, next_try_at=now)


def join_waiting(*, now: datetime, limit: int = 5) -> int:
    """Join up to `limit` finished recordings; returns how many were tried. Several workers may run this at once."""
    close_abandoned(now=now)
    forget_pieces(now=now)
    taken = _take(now=now, limit=limit)
    for recording in taken:
        try:
            _join(recording, now=now)
        except Exception as error:  # a fault in one must not stop the others
            log.exception("Recording %s could not be joined", recording.pk)
            _failed(recording, f"{type(error).__name__}: {error}", now=now)
    return len(taken)


def forget_pieces(*, now: datetime, limit: int = 50) -> None:
    """Pieces of which there is a recording, and for whose rest nobody waits any more."""
    old = RecordingPiece.objects.filter(recording__state=Recording.State.READY, recording__created_at__lte=now - KEPT)
    _delete(list(old.order_by("id")[:limit]))


def _delete(pieces: Iterable[RecordingPiece]) -> None:
    for piece in pieces:
        piece.delete()
        default_storage.delete(piece.file_key)


@transaction.atomic
def _take(*, now: datetime, limit: int) -> list[Recording]:
    due = Recording.objects.filter(state=Recording.State.WAITING, source_url="", provider_id="", next_try_at__lte=now)
    taken = list(due.order_by("next_try_at", "id").select_for_update(skip_locked=True, of=("self",))[:limit])
    for recording in taken:
        recording.attempts += 1
        recording.next_try_at = now + LEASE
        recording.save(update_fields=["attempts", "next_try_at"])
    return taken


def _join(recording: Recording, *, now: datetime) -> None:
    pieces = list(recording.pieces.order_by("number"))
    content = b"".join(_bytes(pieces))
    if not content:
        _failed(recording, _("Nothing was recorded."), now=now, for_good=True)
        return
    longest = (now - recording.created_at + SLACK).total_seconds()
    whole = make_whole(content, longest=longest) if recording.content_type.endswith("/webm") else None
    kept = whole.content if whole is not None else content
    key = files.store(kept)
    with transaction.atomic():
        held = lock_call(recording.call_id, SYSTEM)
        own = Recording.objects.select_for_update().get(pk=recording.pk)
        if own.state != Recording.State.WAITING:
            return
        if own.pieces.count() != len(pieces):  # one more came meanwhile: joined again with it
            own.next_try_at = now
            own.save(update_fields=["next_try_at"])
            return
        longer = own.file_key != key
        own.state, own.file_key, own.size, own.next_try_at, own.words = Recording.State.READY, key, len(kept), None, ""
        own.seconds = whole.seconds if whole is not None else own.seconds
        own.save()
        ready = events.RecordingReady(**held.ids(), recording_id=own.pk, kind=own.kind, seconds=round(own.seconds))
        if longer:
            held.told.append(ready)
            Transcript.objects.filter(recording=own).update(
                state=Transcript.State.WAITING, attempts=0, words="", next_try_at=now
            )
        finish(held, actor=SYSTEM, now=now)
    if own.whole:
        _delete(pieces)


def _bytes(pieces: Iterable[RecordingPiece]) -> Iterable[bytes]:
    for piece in pieces:
        with default_storage.open(piece.file_key, "rb") as stored:
            yield stored.read()


def _failed(recording: Recording, words: str, *, now: datetime, for_good: bool = False) -> None:
    own = Recording.objects.filter(pk=recording.pk, state=Recording.State.WAITING)
    if for_good or recording.attempts >= ATTEMPTS:
        own.update(state=Recording.State.FAILED, words=words[:500], next_try_at=None)
    else:
        own.update(words=words[:500], next_try_at=now + backoff(recording.attempts, first=10))
