"""Parts that are files: their names, whether they are shown inside the message, files hidden in text or TNEF."""

import re
from typing import Final

from hospes.channels.email.parsing import body as bodies
from hospes.channels.email.parsing import tnef
from hospes.channels.email.parsing.headers import clean_line, decode_words, displayed, from_uuencode
from hospes.channels.email.parsing.limits import Defects
from hospes.channels.email.parsing.mime import Part
from hospes.tickets.incoming import IncomingAttachment

_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069\u200e\u200f]+")
_CID_USE = re.compile(r"""cid:([^\s"'<>)]{1,500})""", re.IGNORECASE)
_UU_BEGIN = re.compile(r"(?:^|\n)begin (?:0?[0-7]{3}) ([^\n]{1,255})\n(?=[!-`][ -`]*\n)")
_YENC_BEGIN = re.compile(rb"(?:^|\n)=ybegin ([^\n]{0,300}?)name=([^\r\n]{1,255})\r?\n")
_EXTENSIONS: Final = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "application/ics": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/directory": ".vcf",
    "text/rtf": ".rtf",
    "application/rtf": ".rtf",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/ms-tnef": ".dat",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/png": ".png",
    "image/x-png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tif",
    "image/heic": ".heic",
    "image/svg+xml": ".svg",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
    "audio/basic": ".au",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/3gpp": ".3gp",
}
_TNEF_TYPES: Final = ("application/ms-tnef", "application/vnd.ms-tnef")


def safe_name(name: str) -> str:
    """A file name without folders, control and direction characters, at most 200 characters, ending kept."""
    name = _UNSAFE_NAME.sub("_", clean_line(decode_words(name)).replace("\\", "/").rsplit("/", 1)[-1])
    name = name.strip(" .")
    if len(name) > 200:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[:180]}{dot}{ending[:19]}" if dot and len(ending) < 20 else name[:200]
    return "" if name in ("", "_") else name


def file_name(part: Part, word_params: dict[str, str], number: int) -> str:
    """What to call the file: its given name, the subject of an enclosed mail, or its kind and number."""
    name = safe_name(word_params.get("filename", "") or part.params.get("name", ""))
    if name:
        return name
    kind = part.content_type
    if kind in ("message/rfc822", "message/global"):
        inner = _inner_subject(part)
        return f"{safe_name(inner)[:150] or 'message'}.eml"
    ending = _EXTENSIONS.get(kind, "")
    if kind in ("text/calendar", "application/ics"):
        return "invite.ics"
    return f"{kind.split('/', 1)[0]}-{number}{ending or ('.bin' if kind.startswith('application/') else '')}"


def _inner_subject(part: Part) -> str:
    found = re.search(
        rb"(?:^|\n)Subject:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)",
        part.raw[part.start : min(part.end, part.start + 20_000)],
        re.I,
    )
    return displayed(found[1]) if found else ""


def content_id(part: Part) -> str:
    """Content-ID without its brackets."""
    return displayed(part.first("content-id")).strip("<> ")[:500]


def shown_ids(html: str) -> set[str]:
    """The Content-IDs that the page shows."""
    if "cid:" not in html and "CID:" not in html:
        return set()
    return {found[1].replace("&amp;", "&") for found in _CID_USE.finditer(html)}


def collect(files: list[Part], html: str, defects: Defects) -> tuple[list[IncomingAttachment], tnef.Message | None]:
    """All files; and what a winmail.dat said, when there was one (its files are among them)."""
    out: list[IncomingAttachment] = []
    shown = shown_ids(html)
    letter: tnef.Message | None = None
    for number, part in enumerate(files, 1):
        word, params = bodies.disposition(part)
        data = _file_content(part, defects)
        name = file_name(part, params, number)
        if part.content_type in _TNEF_TYPES or name.lower() == "winmail.dat":
            opened = tnef.read(data, defects)
            if opened is not None:
                letter = letter or opened
                out.extend(opened.files)
                continue
        cid = content_id(part)
        location = displayed(part.first("content-location")) if "content-location" in part.fields else ""
        picture = part.content_type.startswith("image/")
        inline = bool(cid and cid in shown) or (picture and word == "inline") or bool(location and location in html)
        out.append(
            IncomingAttachment(
                name, part.content_type, data, (inline and word != "attachment") or bool(cid and cid in shown), cid
            )
        )
    return out, letter


def _file_content(part: Part, defects: Defects) -> bytes:
    """The bytes of a file. An enclosed mail may not be encoded, but some programs do so."""
    data = bodies.content(part, defects)
    if part.content_type == "multipart/appledouble":
        return part.body
    return data


def hidden_files(text: str) -> tuple[str, list[IncomingAttachment]]:
    """uuencoded files inside the text are taken out of it."""
    files: list[IncomingAttachment] = []
    if "\nbegin " not in text and not text.startswith("begin "):
        return text, files
    pieces: list[str] = []
    at = 0
    for found in _UU_BEGIN.finditer(text):
        if found.start() < at or len(files) >= 100:
            continue
        end = text.find("\nend", found.end() - 1)
        if end < 0:
            break
        encoded = text[found.end() : end].encode("ascii", "replace")
        data = from_uuencode(b"begin 644 x\n" + encoded + b"\nend\n")
        if not data:
            continue
        name = safe_name(found[1]) or "file.bin"
        files.append(IncomingAttachment(name, guess_type(name), data))
        pieces.append(text[at : found.start()])
        at = end + 4
    pieces.append(text[at:])
    return "".join(pieces), files


def yenc_files(raw: bytes) -> list[IncomingAttachment]:
    """Files in yEnc, as seen in mail that came from news servers."""
    files: list[IncomingAttachment] = []
    for found in _YENC_BEGIN.finditer(raw):
        end = raw.find(b"\n=yend", found.end() - 1)
        if end < 0 or len(files) >= 100:
            break
        lines = raw[found.end() : end].split(b"\n")
        if lines and lines[0].startswith(b"=ypart"):
            lines = lines[1:]
        packed = b"".join(line.rstrip(b"\r") for line in lines)
        packed = re.sub(rb"=(.)", lambda m: bytes(((m[1][0] - 64) % 256,)), packed, flags=re.DOTALL)
        data = packed.translate(bytes((i - 42) % 256 for i in range(256)))
        name = safe_name(found[2].decode("utf-8", "replace")) or "file.bin"
        files.append(IncomingAttachment(name, guess_type(name), data))
    return files


_TYPES: Final = {ending: kind for kind, ending in reversed(_EXTENSIONS.items())}


def guess_type(name: str) -> str:
    """The type that a file name's ending suggests."""
    dot = name.rfind(".")
    return _TYPES.get(name[dot:].lower(), "application/octet-stream") if dot >= 0 else "application/octet-stream"


__all__ = ["collect", "content_id", "file_name", "hidden_files", "safe_name", "shown_ids", "yenc_files"]
