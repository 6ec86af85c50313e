"""Files by content: a file's key is the hash of what is in it, so storing twice is storing once."""

import hashlib
from collections.abc import Iterator
from typing import IO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def store(content: bytes) -> str:
    """Keep bytes and return their key. Call before the transaction that names the key: an orphan loses nothing."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"files/{digest[:2]}/{digest}"
    if not default_storage.exists(key):
        saved = default_storage.save(key, ContentFile(content))
        if saved != key:  # somebody stored the same bytes at the same moment
            default_storage.delete(saved)
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
