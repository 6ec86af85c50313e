"""What Twilio posts, understood: messages with their files, states of what we sent, STOP and START. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from hospes.channels.adapter import ChannelError, News, Parsed, Piece, Raw
from hospes.channels.keywords import Keyword, keyword, of_type
from hospes.channels.sms.errors import words_of
from hospes.channels.twilio import code_of
from hospes.tickets.incoming import IncomingMessage, Person, RemoteFile

PREFIX: Final = "sms:"
_E164: Final = re.compile(r"\+[1-9]\d{4,14}")
_STATES: Final = {"delivered": "delivered", "read": "read", "undelivered": "failed", "failed": "failed"}
_UNDER_WAY: Final = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "canceled", "partially_delivered"})
_MOST_FILES: Final = 10
_ENDINGS: Final = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "audio/mpeg": "mp3",
    "audio/ogg": "ogg", "audio/amr": "amr", "video/mp4": "mp4", "video/3gpp": "3gp", "application/pdf": "pdf",
    "text/vcard": "vcf", "text/x-vcard": "vcf", "text/calendar": "ics", "text/plain": "txt",
}  # fmt: skip


def pieces_of(form: Mapping[str, str]) -> list[Piece]:
    """A call's form as pieces. A word such as STOP is news, and a message too where it may be an answer. States on
    the way tell nothing that anybody waits for. Raises ValueError when it is nothing that Twilio sends."""
    sid = form.get("MessageSid") or form.get("SmsSid") or form.get("SmsMessageSid") or ""
    if not sid:
        raise ValueError("no message's id")
    body = json.dumps(dict(form), ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    state = form.get("MessageStatus", "")
    if state and "Body" not in form and state not in {"received", "receiving"}:
        return [] if state in _UNDER_WAY else [Piece(f"{sid}:{state}", body, {"as": "state"})]
    asked = _asked(form)
    found = []
    if asked is not None and asked.kind != "help":
        found.append(Piece(f"{sid}:{asked.kind}", body, {"as": asked.kind}))
    if asked is None or asked.answer:
        found.append(Piece(sid, body, {"as": "message"}))
    return found


def _asked(form: Mapping[str, str]) -> Keyword | None:
    text, told = form.get("Body", ""), form.get("OptOutType", "")
    return of_type(told, text) if told else keyword(text)


def parse(raw: Raw) -> Parsed:
    """Understand a stored form; never raises."""
    try:
        form = json.loads(raw.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(form, dict):
        return None
    form = {name: value for name, value in form.items() if isinstance(value, str)}
    kind = raw.envelope.get("as")
    if kind == "state":
        return _state(form)
    sender = address_of(form.get("From", ""))
    if kind in {"stop", "start"}:
        return News("opted_out" if kind == "stop" else "opted_in", sender=sender)
    return _message(form, sender)


def _state(form: Mapping[str, str]) -> News | None:
    kind = _STATES.get(form.get("MessageStatus", ""))
    sid = form.get("MessageSid") or form.get("SmsSid") or ""
    if kind is None or not sid:
        return None
    if kind != "failed":
        return News("delivered" if kind == "delivered" else "read", message_id=sid)
    code = code_of(form.get("ErrorCode"))
    return News("failed", message_id=sid, words=words_of(code, form.get("ErrorMessage", "")))


def _message(form: Mapping[str, str], sender: str) -> IncomingMessage:
    text = form.get("Body", "").replace("\r\n", "\n")
    files, defects = _files(form)
    extra: dict[str, Any] = {}
    if form.get("Latitude") and form.get("Longitude"):
        extra["location"] = {
            "latitude": form["Latitude"][:20], "longitude": form["Longitude"][:20], "name": form.get("Label", "")[:200],
        }  # fmt: skip
        place = " ".join(filter(None, (form.get("Label"), form.get("Address"))))[:300]
        text = "\n".join(filter(None, (text, f"📍 {place} {form['Latitude'][:20]}, {form['Longitude'][:20]}")))
    if not text.strip() and not files:
        unknown = sorted(form.keys() - _FRAME)[:3]
        text = f"❓ {', '.join(unknown)}".strip()[:200]
        defects.append(f"a kind of message that is not known here: {', '.join(unknown) or 'empty'}"[:300])
    asked = _asked(form)
    if asked is not None:
        extra["keyword"] = asked.kind
    machine = sender.startswith(PREFIX) and not sender.removeprefix(PREFIX).isdigit()
    if machine:
        extra["no_reply"] = True
    return IncomingMessage(
        message_id=form.get("MessageSid") or form.get("SmsSid") or "",
        sender=Person(sender, form.get("ProfileName", "")[:200]),
        text=text,
        reply=text,
        identity="handle" if sender.startswith(PREFIX) else "phone",
        thread_key=sender,
        remote_files=tuple(files),
        defects=tuple(defects),
        extra=extra,
        auto_kind="list" if machine else "",
    )


def _files(form: Mapping[str, str]) -> tuple[list[RemoteFile], list[str]]:
    """The files of an MMS, which the provider keeps until they are fetched."""
    count = code_of(form.get("NumMedia"))
    found, defects = [], []
    for number in range(min(count, _MOST_FILES)):
        url, kind = form.get(f"MediaUrl{number}", ""), form.get(f"MediaContentType{number}", "")
        if not url.startswith(("https://", "http://")):
            defects.append(f"file without an address: {number + 1}")
            continue
        ending = _ENDINGS.get(kind.partition(";")[0].strip().lower(), "")
        name = f"file-{number + 1}.{ending}" if ending else f"file-{number + 1}"
        found.append(RemoteFile(url, name, kind[:100]))
    if count > _MOST_FILES:
        defects.append(f"more files than we fetch: {count}")
    return found, defects


def address_of(sender: str) -> str:
    """Who wrote: a number with its plus, else "sms:" and the name or short number that they send under."""
    bare = re.sub(r"[\s()\-.]", "", sender)
    if _E164.fullmatch(bare):
        return bare
    return f"{PREFIX}{sender.strip()[:30] or 'unknown'}"


def number_of(address: str) -> str:
    """Whom to send to. Raises ChannelError for a sender by name, to whom nothing can be sent."""
    if _E164.fullmatch(address):
        return address
    short = address.removeprefix(PREFIX)
    if address.startswith(PREFIX) and short.isascii() and short.isdigit():
        return short
    raise ChannelError("This sender uses a name and no number, so it takes no answers.", permanent=True)


# Names that every call has.
_FRAME: Final = frozenset(
    {
        "ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid", "FromState", "SmsStatus",
        "FromCity", "Body", "FromCountry", "To", "MessagingServiceSid", "ToZip", "NumSegments", "MessageSid",
        "AccountSid", "From", "ApiVersion",
    }
)  # fmt: skip
