"""A message as internet mail (RFC 5322, MIME): header fields that nothing can be smuggled into, text and HTML."""

import re
from collections.abc import Iterable, Sequence
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from hospes.channels.adapter import OutgoingFile, OutgoingMessage
from hospes.channels.email import letter

POLICY: Final = SMTP.clone(cte_type="7bit", max_line_length=76)
MAX_REFERENCES: Final = 20
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x20\x7f]{1,64}@[^\s<>()\\,;\"@\x00-\x20\x7f]{1,255}\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*\Z")
_ID = re.compile(r"[!-;=?-~]{1,900}\Z")  # visible ASCII without angle brackets
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}\Z")
_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\Z")


def body_of(message: OutgoingMessage) -> bytes:
    """The MIME fields and content, the same for every recipient."""
    html, pictures = letter.html_of(message)
    mime = EmailMessage(policy=POLICY)
    mime.set_content(letter.text_of(message), charset="utf-8")
    mime.add_alternative(html, subtype="html", charset="utf-8")
    inline = [file for file in message.files if file.inline and f"cid:{file.content_id}" in html]
    alternative = list(mime.iter_parts())[1]
    assert isinstance(alternative, EmailMessage)
    for file in [*inline, *pictures]:
        kind, _slash, subtype = _type_of(file).partition("/")
        alternative.add_related(
            file.content, kind, subtype, cid=f"<{_one_line(file.content_id)}>", filename=_name_of(file),
            disposition="inline",
        )  # fmt: skip
    for file in message.files:
        if file not in inline:
            kind, _slash, subtype = _type_of(file).partition("/")
            mime.add_attachment(file.content, kind, subtype, filename=_name_of(file))
    return mime.as_bytes()


def fields_of(message: OutgoingMessage, recipient: str) -> bytes:
    """The header fields of one recipient's copy: all see the same, but each answers to their own address."""
    lines = [
        ("Date", format_datetime(message.at)),
        ("From", mailbox(*message.sender)),
        ("To", mailboxes(message.to)),
        ("Cc", mailboxes(message.cc)),
        ("Reply-To", mailbox("", message.reply_to.get(recipient) or message.sender[1])),
        ("Subject", words(message.subject, "Subject")),
        ("Message-ID", ids([message.message_id])),
        ("In-Reply-To", ids([message.in_reply_to])),
        ("References", ids(_bounded(message.references))),
        ("Content-Language", message.language if _LANGUAGE.match(message.language) else ""),
        *(automatic_fields() if message.automatic else ()),
    ]  # fmt: skip
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in lines if value)


def automatic_fields() -> tuple[tuple[str, str], ...]:
    """What keeps other machines from answering a machine (RFC 3834, and Exchange's own)."""
    return (("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"))


def is_address(address: str) -> bool:
    """Whether this can stand in an envelope: one plain addr-spec."""
    return bool(_ADDRESS.match(address))


def ascii_address(address: str) -> str:
    """The address with its domain as DNS knows it (IDNA); the local part may still need SMTPUTF8 (RFC 6531)."""
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            return address
    return f"{local}{at}{domain}"


def words(text: str, field: str) -> str:
    """A text for people on one logical line, as encoded words (RFC 2047) where it is not plain ASCII."""
    text = _one_line(text)
    plain = text.isascii() and "=?" not in text
    return Header(text, "us-ascii" if plain else "utf-8", header_name=field).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """One address with its display name."""
    name = _one_line(name).strip()[:120]
    address = ascii_address(_one_line(address).replace("<", "").replace(">", "").strip())
    if not name:
        return address
    if not name.isascii() or "=?" in name:
        shown = Header(name, "utf-8", header_name="From").encode(linesep="\r\n")
    elif _PLAIN_NAME.match(name):
        shown = name
    else:
        shown = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{shown} <{address}>"


def mailboxes(people: Sequence[tuple[str, str]]) -> str:
    """Several, one a line."""
    return ",\r\n ".join(mailbox(name, address) for name, address in people if is_address(address))


def ids(values: Iterable[str]) -> str:
    """Message ids in angle brackets, one a line; what cannot be one is left out."""
    return "\r\n ".join(f"<{value}>" for value in values if _ID.match(value))


def _bounded(references: Sequence[str]) -> Sequence[str]:
    """The first, which most programs thread by, and the latest."""
    if len(references) <= MAX_REFERENCES:
        return references
    return [references[0], *references[-MAX_REFERENCES + 1 :]]


def _one_line(text: str) -> str:
    return _CONTROLS.sub(" ", text)


def _type_of(file: OutgoingFile) -> str:
    kind = file.content_type.lower().strip()
    # A message/* or multipart/* part may not be in base64, and we promise to change no byte of a file.
    if not _TYPE.match(kind) or kind.startswith(("multipart/", "message/")):
        return "application/octet-stream"
    return kind


def _name_of(file: OutgoingFile) -> str:
    """A name whose RFC 2231 form stays within a line."""
    name = _one_line(file.name).strip() or "file"
    stem, dot, end = name.rpartition(".")
    if not dot or len(end) > 12:
        stem, end = name, ""
    while len(f"{stem}{dot}{end}".encode()) > 180:
        stem = stem[:-1]
    return f"{stem}.{end}" if end else stem
