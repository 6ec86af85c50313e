"""Calls to providers' APIs: one way to ask, and one reading of what can go wrong, for every channel."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hospes.channels.adapter import ChannelError
from hospes.core.http import Fetched, OutgoingError, TooLargeError, fetch

TIMEOUT = 20.0
LARGEST_FILE = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """A provider's answer: `data` is its JSON ({} when it is none)."""

    status: int
    data: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: Any = None,
    form: Mapping[str, str | Sequence[str]] | None = None,
    files: Mapping[str, tuple[str, str, bytes]] | None = None,
    timeout: float | None = None,
    max_bytes: int = 5_000_000,
    stopped: Callable[[], bool] | None = None,
) -> Said:
    """Ask once; JSON with `data`, a form with `form` (a list repeats its name), multipart with `files` (name: (file
    name, type, bytes)). A question that the provider keeps open for long is given up soon after `stopped` says so.

    Raises ChannelError when the provider cannot be reached (not permanent) or answers too much (permanent). Any other
    answer is returned.
    """
    sent = dict(headers or {})
    body: bytes | None = None
    if files is not None:
        fields = {name: value for name, value in (form or {}).items() if isinstance(value, str)}
        body, sent["Content-Type"] = multipart(fields, files)
    elif form is not None:
        body, sent["Content-Type"] = urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    elif data is not None:
        body, sent["Content-Type"] = json.dumps(data, ensure_ascii=False).encode(), "application/json"
    try:
        got = fetch(
            method,
            url,
            headers=sent,
            body=body,
            timeout=TIMEOUT if timeout is None else timeout,
            max_bytes=max_bytes,
            redirects=method == "GET",
            stopped=stopped,
        )
    except OutgoingError as error:
        raise ChannelError(str(error.message), permanent=isinstance(error, TooLargeError)) from error
    return Said(got.status, _json(got), got.headers, got.body)


def good(said: Said, words: str = "") -> Said:
    """The answer when it is 2xx; else raises ChannelError: 429 and 5xx for later, 401 and 403 until an admin has put
    the access right, every other for good. `words` are the provider's, for people."""
    if 200 <= said.status < 300:
        return said
    told = f"{said.status} {words}".strip()
    if said.status == 429:
        raise ChannelError(told, permanent=False, retry_after=retry_after(said.headers))
    if said.status in {408, 425} or said.status >= 500:
        raise ChannelError(told, permanent=False, retry_after=retry_after(said.headers))
    if said.status in {401, 403}:
        raise ChannelError(told, permanent=False, set_up=False)
    raise ChannelError(told, permanent=True)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds from a Retry-After header (RFC 9110, 10.2.3); 0 without one, at most a day."""
    value = headers.get("retry-after", "").strip()
    return min(float(value), 86_400.0) if value.isascii() and value.isdigit() else 0.0


def fetch_file(
    url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int = LARGEST_FILE
) -> tuple[bytes, str]:
    """(content, content type) of a file that a provider keeps. Raises ChannelError; gone (404, 410) is for good."""
    said = good(ask("GET", url, headers=headers, timeout=60.0, max_bytes=max_bytes))
    return said.body, said.headers.get("content-type", "").partition(";")[0].strip()


def multipart(form: Mapping[str, str], files: Mapping[str, tuple[str, str, bytes]]) -> tuple[bytes, str]:
    """(body, content type) of a form with files (RFC 7578)."""
    mark = f"hospes-{secrets.token_hex(16)}"
    lines: list[bytes] = []
    for name, value in form.items():
        lines += [
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode(),
            value.encode(),
            b"\r\n",
        ]
    for name, (file_name, kind, content) in files.items():
        shown = "".join("_" if c in '"\\\r\n' else c for c in file_name)
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{shown}"\r\n'
        head += f"Content-Type: {kind}\r\n\r\n"
        lines += [head.encode(), content, b"\r\n"]
    lines.append(f"--{mark}--\r\n".encode())
    return b"".join(lines), f"multipart/form-data; boundary={mark}"


def _json(got: Fetched) -> Any:
    try:
        return json.loads(got.body) if got.body else {}
    except ValueError:
        return {}
