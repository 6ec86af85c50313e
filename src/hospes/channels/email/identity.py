"""What makes two deliveries of a mail the same mail: so that a retry is stored once and nothing else is dropped."""

import hashlib
import re
from collections.abc import Iterator
from typing import Final

# What the writer set and no server on the way changes. Trace fields (Received, Return-Path, ARC-…) differ when a
# mail comes again by another server or connection, so they must not count.
WRITERS_FIELDS: Final = (b"message-id", b"from", b"date", b"subject")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_MBOX_LINE = re.compile(rb"\A>?From [^\r\n]*\r?\n")


def external_id_of(body: bytes) -> str:
    """The identity of a mail by its own bytes, the same for every way in (SMTP, IMAP, pipe, webhook).

    A mail with a Message-ID is known by that, From, Date, Subject and its whole content: sent again after a lost
    answer it is the same, another mail under a reused Message-ID is not. A mail without one is known by every
    byte: what the first server wrote into Received tells two of them apart and stays the same in a retry.
    Line ends (CRLF or LF) and an mbox "From " line do not count.
    """
    body = body[found.end() :] if (found := _MBOX_LINE.match(body)) else body
    end = _BLANK_LINE.search(body)
    head, content = (body[: end.start()], body[end.end() :]) if end else (body, b"")
    fields = dict(_first_fields(head))
    digest = hashlib.sha256()
    if fields.get(b"message-id"):
        for name in WRITERS_FIELDS:
            digest.update(name + b":" + fields.get(name, b"") + b"\n")
    else:
        digest.update(head.replace(b"\r\n", b"\n"))
    digest.update(b"\n\n")
    digest.update(content.replace(b"\r\n", b"\n").rstrip(b"\n"))
    return f"mail:{digest.hexdigest()}"


def _first_fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(lower-case name, unfolded value) of the writer's fields; the first of repeated ones."""
    wanted: dict[bytes, list[bytes]] = {}
    current: list[bytes] | None = None
    for line in head.splitlines():
        if line[:1] in (b" ", b"\t"):
            if current is not None:
                current.append(line.strip())
            continue
        name, colon, value = line.partition(b":")
        key = name.strip().lower()
        current = None
        if colon and key in WRITERS_FIELDS and key not in wanted:
            current = wanted[key] = [value.strip()]
    for key, parts in wanted.items():
        yield key, b" ".join(part for part in parts if part)
