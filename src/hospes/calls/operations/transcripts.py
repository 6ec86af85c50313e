"""Speech made text by any address that answers as /v1/audio/transcriptions does; without one, recordings stand alone.

Asked as its documentation ("Create transcription", response_format verbose_json) prescribes: a multipart form with the
file and the model; the answer has `text`, `language` and `segments` of start, end (seconds) and text.
"""

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.calls import events
from hospes.calls.models import Recording, Transcript
from hospes.calls.operations.base import finish, lock_call
from hospes.core import files
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import NotFound
from hospes.core.http import OutgoingError, fetch
from hospes.core.outbox import backoff
from hospes.core.text import storable
from hospes.tickets import operations as tickets

log = logging.getLogger(__name__)
LARGEST: Final = 25 * 1024 * 1024  # what the documented address takes
TIMEOUT: Final = 300.0
LEASE: Final = timedelta(minutes=10)
ATTEMPTS: Final = 10
MAX_SEGMENTS: Final = 20_000
ENDINGS: Final = {"webm": "webm", "ogg": "ogg", "mp4": "mp4", "mpeg": "mp3", "wav": "wav", "x-wav": "wav"}


class Unheard(Exception):
    """No transcript came; `permanent`: asking again will not help."""

    def __init__(self, words: str, *, permanent: bool, retry_after: float = 0.0) -> None:
        self.words = words
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(words)


def want_transcript(*, recording_id: int, now: datetime) -> None:
    """A recording is to be made text, where an address is set; once."""
    if settings.TRANSCRIBE_URL:
        Transcript.objects.get_or_create(recording_id=recording_id, defaults={"next_try_at": now})


@transaction.atomic
def try_again(*, recording: Recording, actor: Actor, now: datetime) -> None:
    """Somebody presses "Try again" at a failed transcript."""
    actor.require("recording.hear")
    lock_call(recording.call_id, actor)
    changed = Transcript.objects.filter(recording=recording, state=Transcript.State.FAILED)
    if not changed.update(state=Transcript.State.WAITING, attempts=0, words="", next_try_at=now):
        raise NotFound


def transcribe_waiting(*, now: datetime, limit: int = 2) -> int:
    """Have up to `limit` recordings made text; returns how many were tried. Several workers may run this at once."""
    if not settings.TRANSCRIBE_URL:
        return 0
    taken = _take(now=now, limit=limit)
    for transcript in taken:
        try:
            heard = listen(transcript.recording)
        except Unheard as error:
            _failed(transcript, error, now=now)
        except Exception as error:  # a fault of ours in one must not stop the others
            log.exception("Transcript %s failed", transcript.pk)
            _failed(transcript, Unheard(f"{type(error).__name__}: {error}", permanent=False), now=now)
        else:
            _keep(transcript, heard, now=now)
    return len(taken)


@transaction.atomic
def _take(*, now: datetime, limit: int) -> list[Transcript]:
    due = Transcript.objects.filter(state=Transcript.State.WAITING, next_try_at__lte=now).select_related("recording")
    taken = list(due.order_by("next_try_at").select_for_update(skip_locked=True, of=("self",))[:limit])
    for transcript in taken:
        transcript.attempts += 1
        transcript.next_try_at = now + LEASE
        transcript.save(update_fields=["attempts", "next_try_at"])
    return taken


def listen(recording: Recording) -> dict[str, Any]:
    """Ask the address for the text of a recording. Raises Unheard."""
    if recording.size > LARGEST:
        raise Unheard(_("The recording is too long to be written down."), permanent=True)
    try:
        content = files.load(recording.file_key)
    except FileNotFoundError:
        raise Unheard(_("The recording's file is not there."), permanent=True) from None
    ending = ENDINGS.get(recording.content_type.rpartition("/")[2], "webm")
    fields = {"model": settings.TRANSCRIBE_MODEL, "response_format": "verbose_json"}
    body, kind = _multipart(fields, (f"recording.{ending}", recording.content_type, content))
    headers = {"Content-Type": kind, "Accept": "application/json"}
    if settings.TRANSCRIBE_KEY:
        headers["Authorization"] = f"Bearer {settings.TRANSCRIBE_KEY}"
    try:
        got = fetch(
            "POST", settings.TRANSCRIBE_URL, headers=headers, body=body, timeout=TIMEOUT, max_bytes=20_000_000,
            redirects=False,
        )  # fmt: skip
    except OutgoingError as error:
        raise Unheard(str(error.message), permanent=False) from error
    return _answer(got.status, got.headers, got.body)


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if status == 200 and isinstance(data, dict) and isinstance(data.get("text"), str):
        return data
    error = data.get("error") if isinstance(data, dict) else None
    words = error.get("message") if isinstance(error, dict) else error
    words = str(words or _("The answer was %(status)s.") % {"status": status})
    wait = headers.get("retry-after", "")
    passing = status in {408, 409, 425, 429} or status >= 500
    raise Unheard(words, permanent=not passing, retry_after=float(wait) if wait.isdecimal() else 0.0)


def _multipart(fields: Mapping[str, str], file: tuple[str, str, bytes]) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name, kind, content = file
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    parts += [head.encode(), content, f"\r\n--{mark}--\r\n".encode()]
    return b"".join(parts), f"multipart/form-data; boundary={mark}"


def segments_of(heard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The timed parts of an answer, as they are kept; what is odd is left out."""
    listed = heard.get("segments")
    found: list[dict[str, Any]] = []
    for one in listed[:MAX_SEGMENTS] if isinstance(listed, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("text"), str):
            continue
        start, end = one.get("start"), one.get("end")
        if isinstance(start, (int, float)) and isinstance(end, (int, float)) and one["text"].strip():
            found.append({"start": float(start), "end": float(end), "text": storable(one["text"]).strip()})
    return found


@transaction.atomic
def _keep(transcript: Transcript, heard: Mapping[str, Any], *, now: datetime) -> None:
    """Keep it, and put it onto the ticket as a note, by which search finds it."""
    held = lock_call(transcript.recording.call_id, SYSTEM)
    own = Transcript.objects.select_for_update().get(pk=transcript.pk)
    if own.state == Transcript.State.READY:
        return
    own.segments = segments_of(heard)
    own.text = storable(str(heard.get("text", ""))).strip()
    own.language = storable(str(heard.get("language") or ""))[:8]
    own.state, own.words, own.next_try_at = Transcript.State.READY, "", None
    own.save()
    if own.text:
        # Translators: an internal note on a ticket; the words that were said follow
        head = _("What was said in the call:")
        tickets.add_note(ticket=held.call.ticket, actor=SYSTEM, now=now, text=f"{head}\n\n{own.text}")
        held.call.ticket.refresh_from_db()
    held.told.append(events.TranscriptReady(**held.ids(), recording_id=own.pk))
    finish(held, actor=SYSTEM, now=now)


@transaction.atomic
def _failed(transcript: Transcript, error: Unheard, *, now: datetime) -> None:
    words = storable(error.words)[:500]
    own = Transcript.objects.filter(pk=transcript.pk, state=Transcript.State.WAITING)
    if not (error.permanent or transcript.attempts >= ATTEMPTS):
        later = max(backoff(transcript.attempts, first=20), timedelta(seconds=error.retry_after))
        own.update(words=words, next_try_at=now + later)
        return
    if own.update(state=Transcript.State.FAILED, words=words, next_try_at=None):
        held = lock_call(transcript.recording.call_id, SYSTEM)
        held.told.append(events.TranscriptFailed(**held.ids(), recording_id=transcript.pk, words=words[:200]))
        finish(held, actor=SYSTEM, now=now)
