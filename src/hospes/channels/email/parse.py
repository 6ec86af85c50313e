"""One raw mail understood: `parse(raw)` never raises, is linear in the mail, and loads neither ORM nor settings."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hospes.channels.email.parsing import attachments, automatic, bounce, calendar, language, mime, text_forms, tnef
from hospes.channels.email.parsing import body as bodies
from hospes.channels.email.parsing.addresses import read_list, read_people, read_sender
from hospes.channels.email.parsing.charsets import codec_name
from hospes.channels.email.parsing.headers import displayed, header_text
from hospes.channels.email.parsing.html_quoting import split_html
from hospes.channels.email.parsing.limits import MAX_FIELD_BYTES, MAX_REFERENCES, Defects
from hospes.channels.email.parsing.quoting import Split, split
from hospes.core.html import clean_html
from hospes.tickets.incoming import IncomingAttachment, IncomingMessage, Person
from hospes.tickets.language import SURE, identify

_ID = re.compile(r"<([^<>\s]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>@\",;()]{1,500}@[^\s<>@\",;()]{1,400}")
# What a report says to machines stands in `bounce`; it is a file only when the sender gave it a name.
_REPORT_TYPES = (
    "message/delivery-status", "message/global-delivery-status", "text/rfc822-headers", "message/global-headers",
    "message/disposition-notification", "message/feedback-report",
)  # fmt: skip
_UNNAMED = ("message-", "text-")
_DELIVERED = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-delivered-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "resent-to",
)


def parse(raw: bytes, *, envelope_to: Sequence[str] = ()) -> IncomingMessage:
    """What the mail says. Any bytes give a message; what could not be understood stands in `defects`.

    `envelope_to` are the RCPT TO addresses of the transport, which headers do not tell.
    """
    defects = Defects()
    try:
        return _parse(bytes(raw), envelope_to, defects)
    except Exception as error:  # no mail may stop the queue (hardening row 17)
        defects.add(f"could not be parsed ({type(error).__name__})")
        return _rescue(bytes(raw), envelope_to, defects)


def _parse(raw: bytes, envelope_to: Sequence[str], defects: Defects) -> IncomingMessage:
    root = mime.read(raw, defects)
    charset = _hint(root)
    fields = root.fields
    subject = displayed(root.first("subject"), charset)
    sender, wary = read_sender(fields, charset, defects)
    to, cc = read_people(fields.get("to", []), charset), read_people(fields.get("cc", []), charset)
    body = bodies.choose(root, defects)
    html = bodies.joined_html(body)
    files, letter = attachments.collect(body.files, html, defects)
    text, html = _texts(body, html, letter, files)
    words = _divide(text, html, subject)
    report = bounce.read_bounce(root, sender.address, subject, words.text, defects)
    kind = automatic.kind_of(root, subject, sender.address, report)
    if report or kind in ("receipt", "feedback"):
        files = [f for f in files if f.content_type not in _REPORT_TYPES or not f.name.startswith(_UNNAMED)]
    return IncomingMessage(
        message_id=_message_id(root.first("message-id")),
        sender=sender,
        subject=subject,
        text=words.text,
        html=words.html,
        reply=words.reply,
        reply_html=words.reply_html,
        quoted=words.quoted,
        signature=words.signature,
        in_reply_to=next(iter(_ids(root.first("in-reply-to"))), ""),
        references=_ids(b" ".join(fields.get("references", [])[:5])),
        to=to,
        cc=cc,
        reply_to=read_people(fields.get("reply-to", []), charset),
        delivered_to=_delivered_to(fields, to, cc, envelope_to, charset),
        sent_at=_date(root, defects),
        language=_language(words.reply, language.from_header(header_text(root.first("content-language")))),
        attachments=tuple(files),
        auto_kind=kind,
        auto_reply=automatic.is_machine(root, kind),
        bounce=report,
        sender_mismatch=wary,
        authentication_results=tuple(header_text(v) for v in fields.get("authentication-results", [])[:20]),
        defects=tuple(defects.found),
    )


def _hint(root: mime.Part) -> str:
    """The character set that raw 8-bit header fields are most likely in: that of the first part that names one."""
    for number, part in enumerate(root.walk()):
        label = part.params.get("charset", "")
        if label and label.lower() not in ("us-ascii", "ascii") and codec_name(label):
            return label
        if number > 20:
            break
    return ""


class _Words:
    """The message's words, divided."""

    __slots__ = ("html", "quoted", "reply", "reply_html", "signature", "text")

    def __init__(self, text: str, html: str, division: Split, reply_html: str) -> None:
        self.text, self.html, self.reply_html = text, html, reply_html
        self.reply, self.quoted = division.reply, division.quoted
        self.signature = division.signature_text
        if not self.reply and text:
            self.reply, self.quoted, self.signature = text, "", ""


def _texts(
    body: bodies.Body, html: str, letter: tnef.Message | None, files: list[IncomingAttachment]
) -> tuple[str | None, str]:
    """The plain text (None when only HTML is there) and the HTML. Files hidden in the text go to `files`."""
    pieces: list[str] = []
    plain = False
    for segment in body.segments:
        if segment.text is not None and (segment.text.strip() or segment.html is None):
            shown, hidden = attachments.hidden_files(segment.text)
            files.extend(hidden)
            plain = plain or bool(shown.strip())
            pieces.append(shown)
        elif segment.html is not None:
            pieces.append(_PLACE + segment.html)
    if letter is not None and not plain and not html:
        return text_forms.strip_pgp_header(letter.text) if letter.text.strip() else None, letter.html
    if not plain and not html and body.calendars:
        return calendar.summary_of(bodies.text_of(body.calendars[0], Defects())), ""
    if not plain and html:
        return None, html
    from hospes.core.html_text import html_to_text

    texts = [html_to_text(p[len(_PLACE) :]) if p.startswith(_PLACE) else p for p in pieces]
    return text_forms.strip_pgp_header("\n".join(t.strip("\n") for t in texts if t.strip()).rstrip()), html


_PLACE = "\x00html"


def _divide(text: str | None, html: str, subject: str) -> _Words:
    """Text and HTML divided into new words, quote and signature; each by the same rules."""
    if not html.strip():
        text = text or ""
        return _Words(text, "", split(text, subject), "")
    page_text, page, cut = split_html(html, subject)
    cleaned = clean_html(html)
    reply_html = clean_html(cut) if cut else cleaned
    if text is None:
        return _Words(page_text, cleaned, page, reply_html)
    division = split(text, subject)
    if page.found and page.reply and not division.found and not division.forwarded and page.reply in text:
        division = page
    return _Words(text, cleaned, division, reply_html)


def _message_id(value: bytes) -> str:
    """The bare Message-ID; malformed ones as they are, without spaces around."""
    text = header_text(value)
    found = _ID.search(text)
    return found[1] if found else text.strip("<> \t")[:998]


def _ids(value: bytes) -> tuple[str, ...]:
    """All message ids of In-Reply-To or References, each once, the oldest first."""
    text = header_text(value, limit=MAX_FIELD_BYTES * 4)
    found = _ID.findall(text) or _BARE_ID.findall(text)
    unique = list(dict.fromkeys(found))
    if len(unique) > MAX_REFERENCES:
        unique = unique[:1] + unique[1 - MAX_REFERENCES :]
    return tuple(unique)


def _delivered_to(
    fields: dict[str, list[bytes]], to: Sequence[Person], cc: Sequence[Person], envelope: Sequence[str], charset: str
) -> tuple[str, ...]:
    """Every address that the mail may have come in by, each once, the envelope's first."""
    found = [address.strip("<> ") for address in envelope]
    for name in _DELIVERED:
        for value in fields.get(name, [])[:20]:
            found.extend(person.address for person in read_list(value, charset)[0])
    found.extend(person.address for person in (*to, *cc))
    return tuple(dict.fromkeys(address for address in found if "@" in address))


_OLD_ZONE = re.compile(r"\s*\([^()]{0,60}\)")


def _date(root: mime.Part, defects: Defects) -> datetime | None:
    """When it was sent, with its offset; without one as UTC. From Date, else from the topmost Received."""
    for name in ("date", "resent-date", "delivery-date", "received"):
        value = root.first(name)
        if not value:
            continue
        text = header_text(value, limit=2000)
        text = text.rpartition(";")[2] if name == "received" else text
        try:
            moment = parsedate_to_datetime(_OLD_ZONE.sub(" ", text[:200]).strip())
            moment.utctimetuple()
        except (ValueError, TypeError, OverflowError, IndexError):
            if name == "date":
                defects.add("the date could not be read")
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _rescue(raw: bytes, envelope_to: Sequence[str], defects: Defects) -> IncomingMessage:
    """The little that always works: some header fields and the raw text, so that a person can look."""
    head, _, rest = raw[:200_000].partition(b"\n\n")
    found = re.search(rb"(?:^|\n)Subject:[ \t]*([^\r\n]*)", head, re.IGNORECASE)
    subject = "".join(c for c in (found[1] if found else b"").decode("utf-8", "replace") if c.isprintable())
    source = re.search(rb"(?:^|\n)From:[^\r\n]*?([\w.+-]{1,64}@[\w.-]{1,255})", head, re.IGNORECASE)
    sender = source[1].decode("utf-8", "replace").lower() if source else ""
    ident = re.search(rb"(?:^|\n)Message-ID:\s*<([^<>\s]{1,998})>", head, re.IGNORECASE)
    text = text_forms.clean_text((rest or head).decode("utf-8", "replace"))[:100_000]
    return IncomingMessage(
        message_id=ident[1].decode("utf-8", "replace") if ident else "",
        sender=Person(sender),
        subject=subject[:1000],
        text=text,
        reply=text,
        delivered_to=tuple(envelope_to),
        sender_mismatch=True,
        defects=tuple(defects.found),
    )


def _language(words: str, declared: str) -> str:
    """The language the text is in when it is clear; else what the mail program declared, which is often but the
    language of its own menus."""
    found = identify(words, prior=declared)
    return found.language if found.why in {"text", "script"} and found.score >= SURE else declared
