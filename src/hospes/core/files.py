"""Files by content: a file's key is the hash of what is in it, so storing twice is storing once."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def store(content: bytes) -> str:
    """Keep bytes and return their key. Call before the transaction that names the key: an orphan loses nothing."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"files/{digest[:2]}/{digest}"
    if default_storage.exists(key) and default_storage.size(key) == len(content):
        return key
    try:
        final = default_storage.path(key)
    except NotImplementedError:  # an object store, where a put is whole or nothing
        default_storage.save(key, ContentFile(content))
        return key
    # A process that is killed while it writes must never leave half a file under the good name.
    saved = default_storage.save(f"{key}.{secrets.token_hex(8)}", ContentFile(content))
    os.replace(default_storage.path(saved), final)
    return key


def load(key: str) -> bytes:
    """All bytes of a stored file. Raises FileNotFoundError."""
    with default_storage.open(key, "rb") as stored:
        content: bytes = stored.read()
    return content


def open_stream(key: str) -> IO[bytes]:
    """An open binary file; the caller closes it."""
    stream: IO[bytes] = default_storage.open(key, "rb")
    return stream


def chunks(key: str, size: int = 65536) -> Iterator[bytes]:
    """The file piece by piece."""
    with default_storage.open(key, "rb") as stored:
        while piece := stored.read(size):
            yield piece
