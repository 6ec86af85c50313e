"""Delivery reports: RFC 3464, and those that qmail, Exim, Exchange, Postfix and others write in their own words."""

import re
from typing import Final

from hospes.channels.email.parsing import body as bodies
from hospes.channels.email.parsing.headers import displayed, header_text
from hospes.channels.email.parsing.limits import Defects
from hospes.channels.email.parsing.mime import Part
from hospes.tickets.incoming import Bounce

_GROUP = re.compile(r"\n[ \t]*\n")
_LINE = re.compile(r"^([A-Za-z-]{1,60})[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,100}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.:])([45]\d\d)[ -](?=\S)")
_MESSAGE_ID = re.compile(r"(?:^|\n)[ \t>]*Message-ID:[ \t]*(?:\n[ \t]+)?<([^<>\s]{1,500})>", re.IGNORECASE)
_SENDERS: Final = (
    "mailer-daemon", "mailer_daemon", "postmaster", "mail-daemon", "maildaemon", "mailerdaemon", "bounce",
    "bounces", "microsoftexchange",
)  # fmt: skip
_SUBJECTS: Final = (
    "undelivered mail returned to sender", "undeliverable", "delivery status notification",
    "mail delivery failed", "mail delivery failure", "delivery failure", "failure notice", "returned mail",
    "mail delivery system", "mail system error", "delivery has failed", "message delivery failure",
    "nondeliverable mail", "undelivered mail", "delivery notification", "warning: message", "unzustellbar",
    "nicht zugestellt", "non remis", "échec de la remise", "no se puede entregar", "non recapitabile",
    "onbestelbaar", "не доставлено", "недоставленное сообщение", "ошибка доставки", "nie dostarczono",
    "teslim edilemedi", "kunde inte levereras", "undelivered message", "address not found",
    "message not delivered", "could not send message", "delivery incomplete", "delivery delayed",
)  # fmt: skip
_WORDS: Final = (
    "hi. this is the qmail-send program", "i wasn't able to deliver", "i'm afraid i wasn't able to deliver",
    "this message was created automatically by mail delivery software",
    "a message that you sent could not be delivered", "could not be delivered to one or more",
    "your message could not be delivered", "your message did not reach",
    "delivery to the following recipient", "the following addresses had permanent",
    "permanent fatal errors", "i'm sorry to have to inform you that your message",
    "delivery has failed to these recipients", "the following message to <", "was undeliverable",
    "wasn't delivered to", "couldn't be delivered", "undeliverable message",
    "there was a temporary problem delivering", "message could not be delivered", "has not been delivered",
    "recipient address rejected", "user unknown", "mailbox unavailable", "mailbox is full",
    "the recipient's mailbox is full", "no such user", "unknown user", "diese nachricht wurde automatisch",
    "konnte nicht zugestellt werden", "ihre nachricht konnte nicht", "n'a pas pu être remis",
    "no se ha podido entregar", "не может быть доставлено", "не удалось доставить", "не было доставлено",
    "this is a permanent error",
)  # fmt: skip
_TEMPORARY: Final = (
    "warning: message", "delayed", "will be retried", "still being retried", "temporary problem",
    "not yet been delivered", "has not yet been", "do not need to resend", "delivery incomplete", "4.4.7 ",
    "will keep trying", "verzögert",
)  # fmt: skip
_PERMANENT_ACTIONS: Final = ("failed", "failure")


def read_bounce(root: Part, sender: str, subject: str, text: str, defects: Defects) -> Bounce | None:
    """The report in this mail, or None. Successful deliveries and relays are no bounces."""
    status_part = original = None
    for part in root.walk():
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            status_part = status_part or part
        elif part.content_type in ("text/rfc822-headers", "message/rfc822", "message/global", "message/global-headers"):
            original = original or part
    if status_part is not None:
        return _standard(status_part, original, text, defects)
    return _by_words(root, original, sender, subject, text, defects)


def _fields(group: str) -> dict[str, str]:
    return {m[1].lower(): " ".join(m[2].split()) for m in _LINE.finditer(group[:20_000])}


def _standard(status_part: Part, original: Part | None, text: str, defects: Defects) -> Bounce | None:
    """RFC 3464: a group of fields for the message, then one for each recipient."""
    report = bodies.text_of(status_part, defects)[:200_000]
    groups = [fields for chunk in _GROUP.split(report.strip()) if (fields := _fields(chunk))]
    people = [g for g in groups if "final-recipient" in g or "original-recipient" in g or "action" in g]
    failed = [
        g
        for g in people
        if g.get("action", "failed").split(" ")[0].strip(";").lower() in ("failed", "delayed", "failure")
    ]
    if people and not failed:
        return None
    recipients: list[str] = []
    for group in failed:
        raw = group.get("original-recipient") or group.get("final-recipient") or ""
        final = group.get("final-recipient") or raw
        found = _ADDRESS.search(final) or _ADDRESS.search(raw)
        address = found.group() if found else final.rpartition(";")[2].strip()
        if address and address not in recipients:
            recipients.append(address)
    first = failed[0] if failed else {}
    status_found = _STATUS.search(first.get("status", "")) or _STATUS.search(first.get("diagnostic-code", ""))
    status = status_found[1] if status_found else _status_of(text)
    diagnostic = first.get("diagnostic-code", "")
    diagnostic = diagnostic.partition(";")[2].strip() or diagnostic
    delayed = first.get("action", "").lower().startswith("delayed")
    permanent = not delayed and not status.startswith("4")
    return Bounce(tuple(recipients[:100]), status, diagnostic[:2000], permanent, _original_id(original, text))


def _original_id(original: Part | None, text: str) -> str:
    """The Message-ID of the mail that came back: from the enclosed part, or from the text below."""
    if original is not None:
        head = original.raw[original.start : min(original.end, original.start + 200_000)]
        found = _MESSAGE_ID.search(head.replace(b"\r", b"").decode("latin-1"))
        if found:
            return found[1]
    ids = [m[1] for m in _MESSAGE_ID.finditer(text)]
    return ids[-1] if ids else ""


def _status_of(text: str) -> str:
    found = _STATUS.search(text)
    if found:
        return found[1]
    code = _REPLY_CODE.search(text)
    return f"{code[1][0]}.0.0" if code else ""


def looks_like_daemon(sender: str) -> bool:
    """Whether a mail system is the sender."""
    local = sender.partition("@")[0].lower()
    return local.startswith(_SENDERS)


def _by_words(
    root: Part, original: Part | None, sender: str, subject: str, text: str, defects: Defects
) -> Bounce | None:
    """Reports without a machine-readable part: from a mail system, and its subject or its words say so."""
    head = text[:8_000]
    folded = head.casefold()
    failed_header = header_text(root.first("x-failed-recipients"))
    from_name = displayed(root.first("from"))[:200].casefold()
    daemon = (
        looks_like_daemon(sender) or "mail delivery s" in from_name or header_text(root.first("return-path")) == "<>"
    )
    said = any(words in folded for words in _WORDS)
    titled = subject.casefold().lstrip().startswith(_SUBJECTS) or any(s in subject.casefold() for s in _SUBJECTS[:6])
    if not failed_header and not (daemon and (said or titled)):
        return None
    own, _, copy = _cut_copy(head)
    recipients = _ADDRESS.findall(failed_header) or [
        a for a in _ADDRESS.findall(own) if not looks_like_daemon(a) and a.lower() != sender.lower()
    ]
    unique = list(dict.fromkeys(recipients))[:20]
    status = _status_of(own)
    diagnostic = _diagnostic(own)
    temporary = status.startswith("4") or any(w in folded or w in subject.casefold() for w in _TEMPORARY)
    if not status:
        status = "4.0.0" if temporary else "5.0.0"
    original_id = _original_id(original, copy or text)
    del defects
    return Bounce(tuple(unique), status, diagnostic, not temporary, original_id)


_COPY = re.compile(
    r"\n[-\s]*(?:this is a copy of (?:the|your) message|below this line is a copy|original message (?:follows|headers)|"
    r"message header follows|the header of the original|unsent message below|-+ ?original (?:message|nachricht))",
    re.IGNORECASE,
)


def _cut_copy(text: str) -> tuple[str, str, str]:
    """The report's own words, and the copy of the mail below them."""
    found = _COPY.search(text)
    if not found:
        return text, "", ""
    return text[: found.start()], found.group(), text[found.start() :]


def _diagnostic(text: str) -> str:
    """The line with the other server's words."""
    for line in text.split("\n"):
        if _STATUS.search(line) or _REPLY_CODE.search(line) or "smtp error" in line.lower():
            return displayed(line.strip().encode())[:2000]
    lines = [line.strip() for line in text.split("\n")]
    for number, line in enumerate(lines[:-1]):
        if _ADDRESS.search(line) and line.endswith(":") and lines[number + 1]:
            return lines[number + 1][:2000]
    return ""
