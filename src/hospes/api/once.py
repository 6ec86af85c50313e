"""Idempotency keys: a write that is sent again under its key gets the first answer again and is not done again.

The key's answer is committed in the same transaction as the write itself, so a crash leaves both or neither. Only
answers of done writes are kept: a refusal changed nothing, so trying again is safe and may succeed. While a write
is going on, a second one under its key is told so (409, Retry-After). Uploads keep their answer after the file is
stored, outside a transaction: done twice at once, one of two equal files is forgotten later.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hospes.core import idempotency
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.idempotency import Kept

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
Run = Callable[[], HttpResponse]


def once(request: HttpRequest, owner: str, run: Run, *, now: datetime) -> HttpResponse:
    """Run a write, or answer as before when its Idempotency-Key was answered already."""
    key = request.headers.get(HEADER)
    if key is None or request.method in {"GET", "HEAD", "OPTIONS"}:
        return run()
    if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
        raise InvalidInput(_("Use a key of 1 to 200 printable ASCII characters."), field=HEADER)
    fingerprint = _fingerprint(request)
    if request.content_type == "multipart/form-data":
        return _replay(owner, key, fingerprint) or _run_and_keep(owner, key, fingerprint, run, now)
    with transaction.atomic():
        if not idempotency.alone(owner, key):
            raise Conflict(_("This request is being worked on. Ask again in a moment."), code="in-progress")
        response = _replay(owner, key, fingerprint)
        if response is None:
            response = _run_and_keep(owner, key, fingerprint, run, now)
            if response.status_code >= 400:
                transaction.set_rollback(True)
    return response


def _run_and_keep(owner: str, key: str, fingerprint: str, run: Run, now: datetime) -> HttpResponse:
    response = run()
    if response.status_code < 400:
        headers = {name: response[name] for name in KEPT_HEADERS if name in response}
        body = json.dumps(headers).encode() + b"\n" + response.content
        idempotency.keep(owner, key, Kept(fingerprint, response.status_code, body), now=now)
    return response


def _replay(owner: str, key: str, fingerprint: str) -> HttpResponse | None:
    kept = idempotency.find(owner, key)
    if kept is None:
        return None
    if kept.fingerprint != fingerprint:
        raise InvalidInput(
            _("This key was used for another request. Use a new key for a new request."),
            field=HEADER,
            code="key-reused",
        )
    headers, _newline, content = kept.body.partition(b"\n")
    response = HttpResponse(content, status=kept.status)
    for name, value in json.loads(headers).items():
        response[name] = value
    response["Idempotent-Replay"] = "true"
    return response


def _fingerprint(request: HttpRequest) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\0".encode())
    if request.content_type == "multipart/form-data":  # boundaries differ each time, what they enclose does not
        for name, value in sorted(request.POST.items()):
            digest.update(f"{name}={value}\0".encode(errors="replace"))
        for name, file in sorted(request.FILES.items()):
            _add_file(digest, name, file)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _add_file(digest: "hashlib._Hash", name: str, file: object) -> None:
    assert isinstance(file, UploadedFile)
    digest.update(f"{name}={file.name};{file.content_type}\0".encode(errors="replace"))
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
