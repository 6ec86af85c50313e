"""Which parts are the message that people read, and which are files beside it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hospes.channels.email.parsing import charsets, text_forms
from hospes.channels.email.parsing.headers import header_text, parameters, transfer_decoder
from hospes.channels.email.parsing.limits import MAX_HTML_CHARS, MAX_LINES, MAX_TEXT_BYTES, Defects
from hospes.channels.email.parsing.mime import Part

_META_CHARSET = re.compile(rb"""<meta[^<>]{0,200}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([\w.:\-]{1,40})""", re.IGNORECASE)
_TEXT_TYPES = (
    "text/plain",
    "text/enriched",
    "text/richtext",
    "text/x-amp-html",
    "text/watch-html",
    "text/markdown",
)
_ROOT_TYPES = ("text/", "multipart/", "message/partial")
_IGNORED_ALTERNATIVES = ("text/x-amp-html", "text/watch-html")


@dataclass(slots=True)
class Segment:
    """One stretch of the message, as plain text, as HTML, or both ways."""

    text: str | None = None
    html: str | None = None
    flowed: bool = False


@dataclass(slots=True)
class Body:
    """The stretches in the order of the mail, the parts that became files, and where pictures belong."""

    segments: list[Segment] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    calendars: list[Part] = field(default_factory=list)


def disposition(part: Part) -> tuple[str, dict[str, str]]:
    """The word of Content-Disposition in lower case ("" for none) and its parameters."""
    value = part.first("content-disposition")
    if not value:
        return "", {}
    text = header_text(value)
    return text.split(";", 1)[0].strip().lower(), parameters(text)


def content(part: Part, defects: Defects, limit: int | None = None) -> bytes:
    """The part's bytes with the transfer encoding undone."""
    label = header_text(part.first("content-transfer-encoding"))
    decoder = transfer_decoder(label)
    data = part.raw[part.start : part.end if limit is None else min(part.end, part.start + limit)]
    if decoder is None:
        defects.add("unknown Content-Transfer-Encoding")
        return data
    return decoder(data)


def text_of(part: Part, defects: Defects) -> str:
    """The part as text, in whatever character set it turns out to be."""
    if part.end - part.start > MAX_TEXT_BYTES:
        defects.add(f"only the first {MAX_TEXT_BYTES} bytes of the text were kept")
    data = content(part, defects, MAX_TEXT_BYTES)
    label = part.params.get("charset", "")
    if part.content_type == "text/html" and (not label or label.lower() == "us-ascii"):
        found = _META_CHARSET.search(data[:4000])
        meta = found[1].decode("ascii") if found else ""
        label = meta if charsets.codec_name(meta) and not meta.lower().startswith("utf-16") else label
    text, exact = charsets.decode(data, label)
    if not exact:
        if label and not charsets.codec_name(label):
            defects.add("unknown character set")
        elif label or not data.isascii():
            defects.add("text is not in the character set that was declared" if label else "no character set declared")
    text = text_forms.clean_text(text)
    if len(text) > MAX_LINES and text.count("\n") > MAX_LINES:
        defects.add(f"only the first {MAX_LINES} lines of the text were kept")
        text = "\n".join(text.split("\n", MAX_LINES)[:MAX_LINES])
    if part.content_type in ("text/enriched", "text/richtext"):
        return text_forms.unenrich(text)
    if part.params.get("format", "").lower() == "flowed" and part.content_type != "text/html":
        text = text_forms.unflow(text, delete_space=part.params.get("delsp", "").lower() == "yes")
    return text


def choose(root: Part, defects: Defects) -> Body:
    """Divide the tree into message and files. Depth is bounded by the reader, so recursion is too."""
    body = Body()
    body.segments = _gather(root, body, defects, root)
    if not any(_has_words((s.text, s.html)) for s in body.segments):
        body.segments = _named_text(body, defects)
    return body


def _named_text(body: Body, defects: Defects) -> list[Segment]:
    """When there is no other message, the first text that has a name is it; it stays a file as well."""
    for part in body.files:
        if part.content_type in ("text/plain", "text/html") and disposition(part)[0] != "attachment":
            text = text_of(part, defects)
            if text.strip():
                return [Segment(html=text) if part.content_type == "text/html" else Segment(text=text)]
    return []


def _gather(part: Part, body: Body, defects: Defects, root: Part) -> list[Segment]:
    kind = part.content_type
    if part.children and kind.startswith("multipart/"):
        if kind == "multipart/alternative":
            return _alternative(part, body, defects, root)
        if kind == "multipart/related":
            return _related(part, body, defects, root)
        found: list[Segment] = []
        for child in part.children:
            if child.content_type == "application/applefile" and kind == "multipart/appledouble":
                continue  # the Macintosh half of a file: icons and window places
            found.extend(_gather(child, body, defects, root))
        return found
    if _is_file(part, root):
        body.files.append(part)
        return []
    if kind == "text/html":
        html = text_of(part, defects)
        if len(html) > MAX_HTML_CHARS:
            defects.add(f"only the first {MAX_HTML_CHARS} characters of the HTML were kept")
        return [Segment(html=html[:MAX_HTML_CHARS])]
    if kind in ("text/calendar", "application/ics"):
        body.calendars.append(part)
        body.files.append(part)
        return []
    return [Segment(text=text_of(part, defects), flowed=part.params.get("format", "").lower() == "flowed")]


def _is_file(part: Part, root: Part) -> bool:
    """Whether a leaf is a file. Text without a name that is not marked as an attachment is message."""
    word, params = disposition(part)
    kind = part.content_type
    if kind in ("text/calendar", "application/ics"):
        return word == "attachment"
    readable = kind in _TEXT_TYPES or kind == "text/html" or (part is root and kind.startswith(_ROOT_TYPES))
    if not readable:
        return True
    if part is root:
        return word == "attachment" and bool(params.get("filename"))
    if word == "attachment":
        return True
    return bool(params.get("filename") or part.params.get("name"))


def _alternative(part: Part, body: Body, defects: Defects, root: Part) -> list[Segment]:
    """The same message in several forms: the plainest as text, the last HTML one as HTML."""
    versions: list[list[Segment]] = []
    for child in part.children:
        if child.content_type in _IGNORED_ALTERNATIVES:
            continue
        before = len(body.files)
        version = _gather(child, body, defects, root)
        if not version and len(body.files) > before and child.content_type in ("text/plain", "text/html"):
            body.files[before:] = []  # a named alternative is still only a form of the message
            text = text_of(child, defects)
            version = [Segment(html=text) if child.content_type == "text/html" else Segment(text=text)]
        if version:
            versions.append(version)
    plain = next((v for v in versions if _has_words(s.text for s in v)), None)
    rich = next((v for v in reversed(versions) if _has_words(s.html for s in v)), None)
    if plain is rich or plain is None or rich is None:
        return rich or plain or (versions[0] if versions else [])
    text = "\n".join(s.text for s in plain if s.text is not None)
    return [Segment(text=text, html=_as_html(rich), flowed=any(s.flowed for s in plain))]


def _has_words(pieces: Iterable[str | None]) -> bool:
    return any(piece and piece.strip() for piece in pieces)


def _related(part: Part, body: Body, defects: Defects, root: Part) -> list[Segment]:
    """A page and what it shows: the page is the first part (or the one named by `start`), the rest are files."""
    found: list[Segment] = []
    for child in part.children:
        if not found or child.content_type.startswith("multipart/"):
            found.extend(_gather(child, body, defects, root))
        elif not found or child.content_type not in ("text/plain", "text/html"):
            body.files.append(child)
        else:
            found.extend(_gather(child, body, defects, root))
    return found


def _as_html(segments: Iterable[Segment]) -> str:
    """Several stretches as one page; text among them is escaped."""
    pieces = []
    for segment in segments:
        if segment.html is not None:
            pieces.append(segment.html)
        elif segment.text and segment.text.strip():
            pieces.append(text_as_html(segment.text.strip()))
    return "\n".join(pieces)


def text_as_html(text: str) -> str:
    """Plain text as HTML that keeps its lines."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<div>" + escaped.replace("\n", "<br>\n") + "</div>"


def joined_html(body: Body) -> str:
    """The HTML of the whole message, or "" when no part of it is HTML."""
    if not any(s.html is not None for s in body.segments):
        return ""
    return _as_html(body.segments)[: MAX_HTML_CHARS * 2]
