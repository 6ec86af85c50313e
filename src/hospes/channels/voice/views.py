"""The door of calls: verified, stored raw, one operation, and at once the TwiML for what comes next."""

import logging
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from hospes.calls.models import Call, CallPart
from hospes.calls.phones import setup_of
from hospes.channels import operations, queries
from hospes.channels.adapter import Refused
from hospes.channels.door import LARGEST_CALL, as_call, digest_of
from hospes.channels.registry import adapters
from hospes.channels.voice import dialogue, music, sounds
from hospes.channels.voice.dialogue import Asked
from hospes.core import clock, files
from hospes.core.shown import FILE_POLICY
from hospes.tickets.models import Inbox

log = logging.getLogger(__name__)
XML = "text/xml"


def _taken(request: HttpRequest, inbox_id: int, answer: Callable[[Inbox, Asked], str | None]) -> HttpResponse:
    """Every hook alike: 404 for what is none of ours, 413, 403 for somebody else's or an old one (which leave a counter
    and nothing else), 400 for what no provider sends, 503 when it cannot be stored now."""
    inbox = Inbox.objects.filter(pk=inbox_id, kind="voice", archived_at=None).first()
    if inbox is None:
        return HttpResponse(status=404)
    now = clock.now()
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALL:
        operations.count_call(inbox=inbox, outcome="size", now=now)
        return HttpResponse(status=413)
    call = as_call(request)
    adapter = adapters()["voice"]
    try:
        adapter.verify(call, queries.credential_of(inbox.pk), now)
        pieces = [(inbox.pk, piece) for piece in adapter.split(call)]
        digest = digest_of(call)
        if not operations.take_call(inbox=inbox, digest=digest, pieces=pieces, channel="voice", now=now):
            operations.count_call(inbox=inbox, outcome="repeated", now=now)
        told = answer(inbox, Asked(call.form, digest, now))
    except Refused as refused:
        operations.count_call(inbox=inbox, outcome=refused.why, now=now)
        return HttpResponse(status=refused.status)
    except ValueError as error:
        log.info("Voice inbox %s got something that no provider sends: %s", inbox.pk, error)
        operations.count_call(inbox=inbox, outcome="unreadable", now=now)
        return HttpResponse(status=400)
    except DatabaseError:
        log.exception("A hook of voice inbox %s could not be stored", inbox.pk)
        return HttpResponse(status=503)
    return HttpResponse(told, content_type=XML) if told is not None else HttpResponse(status=204)


def _call_of(inbox: Inbox, call_id: int) -> Call:
    found = Call.objects.filter(pk=call_id, inbox=inbox, medium=Call.Medium.PHONE)
    call = found.select_related("inbox", "ticket__customer").first()
    if call is None:
        raise Refused("replayed")
    return call


def _part_of(inbox: Inbox, part_id: int) -> CallPart:
    part = CallPart.objects.filter(pk=part_id, call__inbox=inbox).select_related("call__inbox", "agent").first()
    if part is None:
        raise Refused("replayed")
    return part


@csrf_exempt
@require_POST
def ring(request: HttpRequest, inbox_id: int) -> HttpResponse:
    """Somebody calls the number."""
    return _taken(request, inbox_id, dialogue.first_ring)


@csrf_exempt
@require_POST
def caller(request: HttpRequest, inbox_id: int, call_id: int, step: int, hook: str) -> HttpResponse:
    """The caller's line asks what comes next."""
    if hook not in {*dialogue.CALLER_HOOKS, "now", "conference", "recording"}:
        return HttpResponse(status=404)

    def answer(inbox: Inbox, asked: Asked) -> str | None:
        call = _call_of(inbox, call_id)
        if hook == "now":
            return dialogue.go_on(call, step, asked)
        if hook == "conference":
            dialogue.conference(call, asked)
            return None
        if hook == "recording":
            dialogue.recorded_talk(call, asked)
            return None
        return dialogue.caller_hook(call, hook, step, asked)

    return _taken(request, inbox_id, answer)


@csrf_exempt
@require_POST
def part(request: HttpRequest, inbox_id: int, part_id: int, step: int, hook: str) -> HttpResponse:
    """The line of somebody whom we rang."""
    if hook not in {"answered", "consent", "key", "after", "status"}:
        return HttpResponse(status=404)

    def answer(inbox: Inbox, asked: Asked) -> str | None:
        found = _part_of(inbox, part_id)
        if hook == "status":
            dialogue.part_status(found, asked)
            return None
        return dialogue.part_hook(found, hook, step, asked)

    return _taken(request, inbox_id, answer)


@require_safe
def sound(request: HttpRequest, inbox_id: int, token: str) -> HttpResponse:
    """A sound that the inbox plays: callers hear it anyway, so the provider fetches it without signing in."""
    inbox = Inbox.objects.filter(pk=inbox_id, kind="voice", archived_at=None).first()
    key = f"files/{token[:2]}/{token}"
    if inbox is None or not any(kept == token for lines in setup_of(inbox).audio.values() for kept in lines.values()):
        return HttpResponse(status=404)
    headers = {"Content-Security-Policy": FILE_POLICY, "Content-Disposition": "attachment"}
    content = files.load(key)
    return HttpResponse(content, content_type=sounds.kind_of(content) or "audio/mpeg", headers=headers)


@require_safe
def wait_music(request: HttpRequest) -> HttpResponse:
    """What those hear who wait."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(music.loop(), content_type="audio/wav", headers=headers)
