"""Recordings: their pieces from the call's window, and hearing and reading them afterwards."""

import re
from collections.abc import Iterator
from typing import Final

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from hospes.calls import queries, reading
from hospes.calls.models import Recording, Transcript
from hospes.calls.operations import recordings, transcripts
from hospes.core import clock, files
from hospes.core.errors import NotFound, TooLarge
from hospes.core.shown import FILE_POLICY
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.changes import answering

CHUNK: Final = 64 * 1024
RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
SOUNDS: Final = frozenset({*recordings.TYPES, "audio/mpeg", "audio/wav", "audio/x-wav"})


@desk_view("ticket.reply", methods=("POST",))
@answering
def start(request: DeskRequest, call_id: int) -> HttpResponse:
    """Begin to record, if the customer allowed it."""
    call = queries.get_call(request.actor, call_id)
    kind = request.POST.get("type", "")
    made = recordings.start_recording(call=call, content_type=kind, actor=request.actor, now=clock.now())
    return JsonResponse({"token": made.token})


@desk_view("ticket.reply", methods=("POST",))
@answering
def piece(request: DeskRequest, token: str, place: int) -> HttpResponse:
    """Some seconds of a recording, as they are; the same number again changes nothing."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > recordings.LARGEST_PIECE:
        raise TooLarge(_("This piece of a recording is too large."))
    recordings.keep_piece(token=token, number=place, content=request.body, actor=request.actor, now=clock.now())
    return JsonResponse({"kept": place}, status=201)


@desk_view("ticket.reply", methods=("POST",))
@answering
def finish(request: DeskRequest, token: str) -> HttpResponse:
    """All pieces were sent."""
    try:
        seconds = float(request.POST.get("seconds", "0"))
    except ValueError:
        seconds = 0.0
    seconds = seconds if 0 <= seconds < 10**6 else 0.0  # not a number compares as false
    recordings.finish_recording(token=token, seconds=seconds, actor=request.actor, now=clock.now())
    return JsonResponse({})


@desk_view("recording.hear")
def sound(request: DeskRequest, token: str) -> HttpResponseBase:
    """A recording to be heard; players ask for parts of it (RFC 9110, 14.2)."""
    found = reading.recording_to_hear(request.actor, token)
    size = found.size
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    first, last = _part(asked, size) if asked else (0, size - 1)
    if first > last:
        response: HttpResponseBase = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    try:
        files.open_stream(found.file_key).close()
    except FileNotFoundError:
        raise NotFound from None
    kind = found.content_type if found.content_type in SOUNDS else "application/octet-stream"
    response = StreamingHttpResponse(
        _some(found.file_key, first, last - first + 1), content_type=kind, status=206 if asked else 200
    )
    if asked:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    name = f"call-{found.call_id}.{transcripts.ENDINGS.get(kind.rpartition('/')[2], 'bin')}"
    shown = kind in SOUNDS and "download" not in request.GET
    response["Content-Disposition"] = f'{"inline" if shown else "attachment"}; filename="{name}"'
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["Content-Security-Policy"] = FILE_POLICY
    response["Cache-Control"] = "private, no-store"
    return response


def _part(asked: re.Match[str], size: int) -> tuple[int, int]:
    """(first byte, last byte) that is asked for; nothing when first > last."""
    begin, end = asked[1], asked[2]
    if not begin:
        return (max(0, size - int(end)), size - 1) if end and int(end) else (size, 0)
    last = min(int(end), size - 1) if end else size - 1
    return (int(begin), last) if int(begin) <= last else (size, 0)


def _some(key: str, first: int, left: int) -> Iterator[bytes]:
    """Opened when it is read, so that nothing stays open for a player that went away."""
    with files.open_stream(key) as stream:
        stream.seek(first)
        while left > 0 and (found := stream.read(min(CHUNK, left))):
            left -= len(found)
            yield found


@desk_view("recording.hear", methods=("GET", "HEAD", "POST"))
@answering
def text(request: DeskRequest, token: str) -> HttpResponse:
    """What was said, with the seconds; posting has a failed one tried again."""
    found = reading.recordings(request.actor).select_related("transcript", "call").filter(token=token).first()
    if found is None:
        raise NotFound
    if request.method == "POST":
        transcripts.try_again(recording=found, actor=request.actor, now=clock.now())
        return JsonResponse({"message": _("It is tried again.")})
    return JsonResponse(_shown(found))


def _shown(recording: Recording) -> dict[str, object]:
    transcript: Transcript | None = getattr(recording, "transcript", None)
    return {
        "seconds": recording.seconds,
        "state": transcript.state if transcript is not None else "",
        "words": transcript.words if transcript is not None else "",
        "text": transcript.text if transcript is not None else "",
        "segments": transcript.segments if transcript is not None else [],
    }
