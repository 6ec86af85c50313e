"""The structure of a mail: header fields and a tree of parts, read in one bounded, non-recursive pass.

Why not the standard library's parser: it recurses on nesting, reads line by line in Python (about ten times
slower), and takes time that grows with the square of hostile input. What it accepts is accepted here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hospes.channels.email.parsing.headers import header_text, parameters
from hospes.channels.email.parsing.limits import (
    MAX_DEPTH,
    MAX_FIELDS,
    MAX_HEADER_BYTES,
    MAX_PARTS,
    Defects,
)

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
_BLANK = re.compile(rb"[ \t]*\r*\n")
_KNOWN_FIELD = re.compile(
    rb"(?:Received|From|To|Cc|Subject|Date|Message-ID|MIME-Version|Content-[A-Za-z-]+|Return-Path|Reply-To|"
    rb"Delivered-To|In-Reply-To|References|X-[A-Za-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_LOST_BOUNDARY = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n(?=Content-[A-Za-z-]+[ \t]*:)", re.IGNORECASE)
_TYPE = re.compile(r"[ \t]*([\w.+*!#$&^-]+)[ \t]*/[ \t]*([\w.+*!#$&^-]+)", re.ASCII)


@dataclass(slots=True)
class Part:
    """One entity. `start` and `end` are where its body lies in `raw`; `fields` holds raw, still folded values."""

    raw: bytes = field(repr=False)
    fields: dict[str, list[bytes]]
    head: int
    start: int
    end: int
    depth: int = 0
    content_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    children: list["Part"] = field(default_factory=list)
    typed: bool = True

    @property
    def body(self) -> bytes:
        """The body as it was sent, still encoded."""
        return self.raw[self.start : self.end]

    def first(self, name: str) -> bytes:
        """The first field of this (lower-case) name, or b"" for none."""
        values = self.fields.get(name)
        return values[0] if values else b""

    def walk(self) -> Iterator["Part"]:
        """This part and all below, in the order of the mail, without recursion."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


@dataclass(slots=True)
class _Open:
    """A multipart whose end has not been seen; `at` caches where its next delimiter stands."""

    part: Part
    delimiter: bytes
    at: int = -1
    seen: bool = False


def read(raw: bytes, defects: Defects) -> Part:
    """The tree of the mail. Never raises; what is beyond the limits is left out and noted."""
    if b"\n" not in raw[:MAX_HEADER_BYTES] and b"\r" in raw[:MAX_HEADER_BYTES]:
        raw = raw.replace(b"\r", b"\n")
        defects.add("lines end in bare CR")
    root = _read_part(raw, _skip_envelope(raw), len(raw), 0, "text/plain", (), defects)
    stack: list[_Open] = []
    _open(root, stack, defects)
    position, count, leaf = root.start, 1, root
    while stack:
        level, at, after, closing = _next_delimiter(stack, position)
        if level < 0:
            break
        _finish(stack, level, leaf, at, defects)
        owner, position = stack[-1], after
        if closing:
            stack.pop()
            leaf = owner.part
            continue
        count += 1
        if count > MAX_PARTS:
            defects.add(f"more than {MAX_PARTS} parts; the rest was left out")
            break
        default = "message/rfc822" if owner.part.content_type == "multipart/digest" else "text/plain"
        guards = tuple(entry.delimiter for entry in stack)
        leaf = _read_part(raw, after, len(raw), owner.part.depth + 1, default, guards, defects)
        owner.part.children.append(leaf)
        position = leaf.start
        _open(leaf, stack, defects)
    if stack and count <= MAX_PARTS:
        defects.add("a multipart ends without its closing boundary")
    return root


def _skip_envelope(raw: bytes) -> int:
    """Where the header begins: after a byte order mark, blank lines and an mbox "From " line."""
    at = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    skipped = at
    while (blank := _BLANK.match(raw, skipped)) and skipped < 1000:
        skipped = blank.end()
    if skipped > at and not _FIELD.match(raw, skipped, skipped + 2000):
        return at
    at = skipped
    if raw.startswith((b"From ", b">From "), at):
        end = raw.find(b"\n", at, at + 2000)
        at = end + 1 if end >= 0 else at
    return at


def _read_part(
    raw: bytes, at: int, end: int, depth: int, default: str, guards: tuple[bytes, ...], defects: Defects
) -> Part:
    """The header at this place, and a part whose body reaches to the end until a delimiter is found."""
    fields, start = _read_fields(raw, at, end, guards, defects)
    part = Part(raw, fields, at, start, end, depth)
    value = fields.get("content-type")
    if not value:
        part.content_type, part.typed = default, False
        return part
    text = header_text(value[0])
    found = _TYPE.match(text)
    if found:
        part.content_type = f"{found[1]}/{found[2]}".lower()
    else:
        part.typed = False
        word = text.split(";", 1)[0].strip().lower()
        part.content_type = {"text": "text/plain", "html": "text/html"}.get(word, default)
        defects.add("a Content-Type could not be read")
    part.params = parameters(text)
    return part


def _read_fields(
    raw: bytes, at: int, end: int, guards: tuple[bytes, ...], defects: Defects
) -> tuple[dict[str, list[bytes]], int]:
    """The fields, and where the body starts. A line that is neither field nor blank starts the body."""
    fields: dict[str, list[bytes]] = {}
    limit, count = min(end, at + MAX_HEADER_BYTES), 0
    while at < limit:
        if raw.startswith((b"\n", b"\r\n", b"\r\r\n"), at):
            return fields, raw.index(b"\n", at) + 1
        if guards and raw.startswith(b"--", at) and raw.startswith(guards, at):
            defects.add("a part has no body")
            return fields, at
        found = _FIELD.match(raw, at, limit)
        if found:
            count += 1
            if count > MAX_FIELDS:
                break
            fields.setdefault(found[1].decode("ascii").lower(), []).append(found[2])
            at = found.end()
            continue
        following = raw.find(b"\n", at, limit) + 1
        if fields and following and _KNOWN_FIELD.match(raw, following, limit):
            defects.add("a line among the header fields is none")
            at = following
            continue
        if fields or raw[at:limit].strip():
            defects.add("no blank line between header and body" if fields else "no header")
        return fields, at
    if at < end:
        defects.add("the header is too long; the rest of it was left out")
        gaps = [g for g in (raw.find(b"\n\n", at, end), raw.find(b"\n\r\n", at, end)) if g >= 0]
        at = raw.index(b"\n", min(gaps) + 1) + 1 if gaps else end
    return fields, at


def _open(part: Part, stack: list[_Open], defects: Defects) -> None:
    """Put a multipart on the stack when its delimiter really occurs, or one that looks like it."""
    if not part.content_type.startswith("multipart/"):
        return
    if part.depth >= MAX_DEPTH:
        defects.add(f"more than {MAX_DEPTH} levels of parts; the inner ones were left out")
        part.content_type = "application/x-too-deep"
        return
    boundary = part.params.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")[:500]
    entry = _Open(part, b"--" + boundary)
    for other in stack:
        if 0 <= other.at < part.start:
            other.at = _find(other, part.start)[0]
            other.seen = other.at < 0
    horizon = min((other.at for other in stack if other.at >= 0), default=part.end)
    if boundary and not any(entry.delimiter == other.delimiter for other in stack):
        entry.at = _find(entry, part.start, min(horizon + 1, part.end))[0]
    if 0 <= entry.at <= horizon:
        stack.append(entry)
        return
    lost = _LOST_BOUNDARY.search(part.raw, max(part.start - 1, 0), min(horizon, part.start + 200_000))
    if lost and not any(b"--" + lost[1] == other.delimiter for other in stack):
        entry.delimiter = b"--" + lost[1]
        entry.at = _find(entry, part.start)[0]
        stack.append(entry)
        defects.add("the boundary of a multipart was wrong and was guessed")
        return
    part.content_type = "text/plain"
    defects.add("a multipart has no parts")


def _find(entry: _Open, position: int, end: int = -1) -> tuple[int, int, bool]:
    """The next line that is this delimiter: where it starts, where the line after it starts, and if it closes."""
    raw, delimiter = entry.part.raw, entry.delimiter
    end = len(raw) if end < 0 else end
    at = max(position - 1, 0)
    at = raw.find(b"\n" + delimiter, at, end) + 1
    if at == 0:
        return -1, -1, False
    line = re.compile(b"\n" + re.escape(delimiter) + rb"(-*)[ \t\r]*(?:\n|\Z)").search(raw, at - 1, end)
    if not line:
        return -1, -1, False
    return line.start() + 1, line.end(), len(line[1]) >= 2


def _next_delimiter(stack: list[_Open], position: int) -> tuple[int, int, int, bool]:
    """The nearest delimiter of any open multipart; the outermost wins a tie. Level -1 when there is none."""
    best, where = -1, -1
    for level, entry in enumerate(stack):
        if entry.at < position and not entry.seen:
            entry.at = _find(entry, position)[0]
            if entry.at < 0:
                entry.seen = True
        if entry.at >= 0 and (where < 0 or entry.at < where):
            best, where = level, entry.at
    if best < 0:
        return -1, -1, -1, False
    at, after, closing = _find(stack[best], where)
    return best, at, after, closing


def _finish(stack: list[_Open], level: int, leaf: Part, at: int, defects: Defects) -> None:
    """Close everything inside the multipart of this level where its delimiter stands."""
    raw = leaf.raw
    end = at
    if end > 0 and raw[end - 1] == 10:
        end -= 2 if end > 1 and raw[end - 2] == 13 else 1
    owner = stack[level].part
    if leaf is not owner:
        leaf.end = max(leaf.start, min(leaf.end, end))
    while len(stack) > level + 1:
        inner = stack.pop().part
        inner.end = max(inner.start, min(inner.end, end))
        defects.add("a multipart ends without its closing boundary")
