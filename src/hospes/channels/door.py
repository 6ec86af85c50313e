"""The door of every channel's webhook: who calls is made sure of before anything is read, stored before it is answered.

Refused calls leave a counter and nothing else. The same signed call a second time is a replay; the same message in
another call is the provider's repetition, and is stored once.
"""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hospes.channels import operations, queries, sharing
from hospes.channels.adapter import Adapter, Answer, Refused, WebhookCall
from hospes.channels.registry import adapters
from hospes.core import clock
from hospes.tickets.models import Inbox

log = logging.getLogger(__name__)
LARGEST_CALL = 8 * 1024 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, kind: str, inbox_id: int) -> HttpResponse:
    """A provider's call for one inbox. 404 for an inbox that is none of ours, 413 for too much, 401 or 403 for
    somebody else, 400 for what no provider sends, 503 when it cannot be stored now (so that it comes again)."""
    adapter = adapters().get(kind)
    inbox = Inbox.objects.filter(pk=inbox_id, kind=kind, archived_at=None).first()
    if adapter is None or inbox is None:
        return HttpResponse(status=404)
    now = clock.now()
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALL:
        return _refuse(inbox, "size", 413, now)
    call = as_call(request)
    credential = queries.credential_of(inbox.pk)
    try:
        if request.method == "GET":
            return _said(adapter.challenge(call, credential))
        adapter.verify(call, credential, now)
        return _take(adapter, inbox, call, credential, now)
    except Refused as refused:
        return _refuse(inbox, refused.why, refused.status, now)
    except DatabaseError:
        log.exception("A call for inbox %s could not be stored", inbox.pk)
        return HttpResponse(status=503)


def _take(
    adapter: Adapter, inbox: Inbox, call: WebhookCall, credential: Mapping[str, Any], now: datetime
) -> HttpResponse:
    try:
        pieces = list(adapter.split(call))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        log.info("Inbox %s got something that %s does not send: %s", inbox.pk, adapter.kind, error)
        operations.count_call(inbox=inbox, outcome="unreadable", now=now)
        return HttpResponse(status=400)
    digest = digest_of(call)
    shared = sharing.whose(adapter, inbox, call, pieces, now)
    if not operations.take_call(inbox=inbox, digest=digest, pieces=shared, channel=adapter.kind, now=now):
        if adapter.replays == "refused":
            raise Refused("replayed")
        operations.count_call(inbox=inbox, outcome="repeated", now=now)
    return _said(adapter.answer_for(call, credential))


def digest_of(call: WebhookCall) -> str:
    """What makes two calls the same call: address, signature-bearing headers and body."""
    digest = hashlib.sha256(call.url.encode() + b"\0" + call.body)
    for name in sorted(call.headers):
        if "signature" in name or "token" in name:
            digest.update(f"\0{name}:{call.headers[name]}".encode())
    return digest.hexdigest()


def as_call(request: HttpRequest) -> WebhookCall:
    """The request as plain values; the address as the provider called it, whatever stands between."""
    body = request.body
    return WebhookCall(
        method=request.method or "GET",
        url=settings.PUBLIC_URL + request.get_full_path(),
        headers={name.lower(): value for name, value in request.headers.items()},
        params=request.GET.dict(),
        body=body,
        form=request.POST.dict() if request.content_type == "application/x-www-form-urlencoded" else {},
    )


def _refuse(inbox: Inbox, why: str, status: int, now: datetime) -> HttpResponse:
    operations.count_call(inbox=inbox, outcome=why, now=now)
    return HttpResponse(status=status)


def _said(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
