"""Header values: folding, raw 8-bit bytes, encoded words (RFC 2047) and parameters (RFC 2231), as sent in the wild."""

import binascii
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import unquote_to_bytes

from hospes.channels.email.parsing import charsets
from hospes.channels.email.parsing.limits import MAX_FIELD_BYTES

_WORD_START = re.compile(r"=\?([A-Za-z0-9][\w.:+()\-]{0,60})(?:\*[\w\-]{0,20})?\?([bBqQ])\?", re.ASCII)
_UNFOLD = re.compile(r"[\r\n]+[ \t]*")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]+")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")
_PARAMETER = re.compile(r""";[ \t\r\n]*([^\s=;"]{1,100})[ \t]*=[ \t\r\n]*("(?:[^"\\]|\\.)*"|[^;]*)""", re.DOTALL)
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,4}))?(\*?)\Z")
_B64_JUNK = re.compile(rb"[^A-Za-z0-9+/]")
_COMMENT_TAIL = re.compile(r"\s*\([^()]*\)\s*\Z")
MAX_WORDS: Final = 2_000


def header_text(value: bytes, charset: str = "", limit: int = MAX_FIELD_BYTES) -> str:
    """The raw value as one line of text; bytes beyond ASCII by `charset`, UTF-8 or a guess. Words stay encoded."""
    if len(value) > limit:
        value = value[:limit]
    text = value.decode("ascii") if value.isascii() else charsets.decode(value, charset)[0]
    if "\n" in text or "\r" in text:
        text = _UNFOLD.sub(" ", text)
    return text.strip()


def displayed(value: bytes, charset: str = "") -> str:
    """A field for people (Subject): decoded, on one line, without control characters."""
    return clean_line(decode_words(header_text(value, charset)))


def clean_line(text: str) -> str:
    """Text without line breaks, control characters and lone surrogates; tabs as spaces; trimmed."""
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text.replace("\r\n", " ").replace("\t", " "))
    return text.strip()


def decode_words(text: str) -> str:
    """Text with its encoded words read: adjacent ones are joined, also where a character was cut in two."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = bytearray()
    pending_charset, at = "", 0
    for _ in range(MAX_WORDS):
        found = _WORD_START.search(text, at)
        end = _word_end(text, found) if found else -1
        if not found or end < 0:
            break
        between = text[at : found.start()]
        data = _word_bytes(found[2], text[found.end() : end])
        charset = found[1].lower()
        joined = bool(pending_charset) and not between.strip()
        if joined and charset == pending_charset:
            pending += data
        else:
            if pending_charset:
                out.append(charsets.decode(bytes(pending), pending_charset)[0])
            if not joined:
                out.append(between)
            pending, pending_charset = bytearray(data), charset
        at = end + 2 if text.startswith("?=", end) else end
    if pending_charset:
        out.append(charsets.decode(bytes(pending), pending_charset)[0])
    return "".join(out) + text[at:]


def _word_end(text: str, found: re.Match[str]) -> int:
    """Where the closing "?=" stands; a word that was never closed ends with its run of non-spaces."""
    at = text.find("?=", found.end())
    if found[2] in "qQ":
        # "?=" may be a literal question mark before an escape: then two hexadecimal digits follow.
        while at >= 0 and re.match(r"[0-9A-F]{2}", text[at + 2 : at + 4]) and text.find("?=", at + 2) >= 0:
            following = _WORD_START.search(text, at + 2)
            closing = text.find("?=", at + 2)
            if following and following.start() < closing:
                break
            at = closing
    if at >= 0:
        return at
    rest = re.compile(r"[^\s?]*").match(text, found.end())
    return rest.end() if rest and rest.end() > found.end() else -1


def _word_bytes(encoding: str, payload: str) -> bytes:
    """The bytes of one encoded word; what is not in its alphabet is kept as it is (Q) or skipped (B)."""
    data = payload.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return from_base64(data)
    data = data.replace(b"_", b" ")
    return _Q_ESCAPE.sub(lambda m: bytes((int(m[1], 16),)), data)


def from_base64(data: bytes) -> bytes:
    """Base64 with anything wrong with it: missing padding, foreign characters, several pieces one after another."""
    try:
        out = binascii.a2b_base64(data)
    except (binascii.Error, ValueError):
        clean = _B64_JUNK.sub(b"", data)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    padding = data.find(b"=")
    if 0 <= padding < len(data) - 6 and (rest := data[padding:].lstrip(b"=\r\n\t ")):
        compact = b"".join(rest.split())
        if len(compact) >= 4 and len(compact) % 4 == 0 and not _B64_JUNK.search(compact.rstrip(b"=")):
            out += from_base64(rest)
    return out


def parameters(text: str, charset: str = "") -> dict[str, str]:
    """The parameters of a structured field, names in lower case, RFC 2231 pieces joined, encoded words read."""
    at = text.find(";")
    if at < 0:
        return {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for found in _PARAMETER.finditer(text, at):
        name, value = found[1].lower(), _unquoted(found[2].strip())
        section = _SECTION.match(name) if "*" in name else None
        if section and (section[2] is not None or section[3]):
            pieces.setdefault(section[1], []).append((int(section[2] or 0), bool(section[3]), value))
        elif name not in plain:
            plain[name] = clean_line(decode_words(value)) if name != "boundary" else value
    for name, found_pieces in pieces.items():
        plain[name] = _join_pieces(sorted(found_pieces, key=lambda p: p[0]))
    return plain


def _unquoted(value: str) -> str:
    """A parameter's value without its quotes, or without a comment behind it."""
    if value.startswith('"'):
        return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.endswith('"') and len(value) > 1 else value[1:]
    return _COMMENT_TAIL.sub("", value) if "(" in value else value


def _join_pieces(pieces: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: the charset stands in the first piece; only pieces marked with * are percent-encoded."""
    label, data = "", bytearray()
    for number, (_, encoded, value) in enumerate(pieces):
        rest = value
        if encoded and number == 0 and value.count("'") >= 2:
            label, _, rest = value.split("'", 2)
        data += unquote_to_bytes(rest) if encoded else rest.encode("utf-8", "surrogateescape")
    text = charsets.decode(bytes(data), label)[0]
    return clean_line(decode_words(text))


def transfer_decoder(label: str) -> Callable[[bytes], bytes] | None:
    """What undoes this Content-Transfer-Encoding; None when it is not known."""
    word = label.strip().strip("\"';").split(";", 1)[0].split("(", 1)[0].strip().lower()
    if word in ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "none", "7bits", "8bits"):
        return _as_is
    if word in ("base64", "base-64"):
        return from_base64
    if word in ("quoted-printable", "quotedprintable", "quoted_printable"):
        return binascii.a2b_qp
    if word in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return from_uuencode
    return None


def _as_is(data: bytes) -> bytes:
    return data


def from_uuencode(data: bytes) -> bytes:
    """The file inside "begin 644 name" ... "end"; damaged lines give what they can."""
    out = bytearray()
    started = False
    for line in data.splitlines():
        if not started:
            started = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out += binascii.a2b_uu(line[:length])
            except binascii.Error:
                continue
    return bytes(out)
