"""What an SMSC delivered, understood: messages out of their parts, receipts, STOP and START. Pure; never raises."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import phonenumbers
from phonenumbers import NumberParseException

from hospes.channels.adapter import ChannelError, News, Parsed, Raw
from hospes.channels.keywords import keyword
from hospes.channels.smpp import pdus, texts
from hospes.channels.smpp.pdus import Delivered
from hospes.tickets.incoming import IncomingMessage, Person

PREFIX: Final = "smpp:"
_ALPHANUMERIC: Final = 5
_FAILED: Final = {
    "EXPIRED": "it could not be delivered in time: the phone was not reachable",
    "DELETED": "the network deleted the message",
    "UNDELIV": "the network could not deliver it",
    "REJECTD": "the network rejected the message",
}
# How ids are written in submit_sm_resp and in receipts, by the setting.
_WRITTEN: Final = {"same": ("text", "text"), "hex-dec": ("hex", "dec"), "dec-hex": ("dec", "hex")}


def parse(raw: Raw) -> Parsed:
    """Understand the PDUs of one message."""
    parts = [pdus.read(pdu) for pdu in pdus.split(raw.body)] or [Delivered(whole=False)]
    first = parts[0]
    report = texts.report_of(first)
    if report is not None:
        return _news(report, str(raw.envelope.get("ids") or "same"))
    sender = address_of(first.source, first.source_ton, str(raw.envelope.get("country") or ""))
    kind = raw.envelope.get("as")
    if kind in {"stop", "start"}:
        return News("opted_out" if kind == "stop" else "opted_in", sender=sender)
    return _message(parts, sender, raw.envelope)


def sent_id(message_id: str, ids: str) -> str:
    """The id of submit_sm_resp, as receipts of it are matched."""
    return texts.canonical(message_id, _WRITTEN.get(ids, _WRITTEN["same"])[0])


def _news(report: texts.Report, ids: str) -> News | None:
    in_answers, in_receipts = _WRITTEN.get(ids, _WRITTEN["same"])
    message_id = texts.canonical(report.message_id, in_answers if report.by_tlv else in_receipts)
    if not message_id:
        return None
    if report.state == "DELIVRD":
        return News("delivered", message_id=message_id)
    if report.state in _FAILED:
        error = report.error if report.error.strip("0") else ""
        words = f"{report.state} {_FAILED[report.state]}" + (f" ({error})" if error else "")
        return News("failed", message_id=message_id, words=words)
    return None  # on the way, or nobody knows


def _message(parts: Sequence[Delivered], sender: str, envelope: Mapping[str, Any]) -> IncomingMessage:
    alphabet = str(envelope.get("alphabet") or "gsm")
    read = [texts.read(part, alphabet=alphabet) for part in parts]
    defects = list(dict.fromkeys(defect for one in read for defect in one.defects))
    numbered = {one.part.number: one.text for one in read if one.part is not None}
    if numbered:
        total = max(one.part.total for one in read if one.part is not None)
        text = "".join(numbered.get(n, " […] ") for n in range(1, total + 1))
        missing = [str(n) for n in range(1, total + 1) if n not in numbered]
        if missing:
            defects.append(f"parts of a long message did not arrive: {', '.join(missing)} of {total}"[:300])
    else:
        text = "".join(one.text for one in read)
    if not text.strip():
        text = "❓"
        defects.append("a kind of message that is not known here: it has no words")
    extra: dict[str, Any] = {}
    word = keyword(text)
    if word is not None:
        extra["keyword"] = word.kind
    machine = sender.startswith(PREFIX) and not sender.removeprefix(PREFIX).isdigit()
    if machine:
        extra["no_reply"] = True
    return IncomingMessage(
        message_id="",
        sender=Person(sender),
        text=text,
        reply=text,
        identity="handle" if sender.startswith(PREFIX) else "phone",
        thread_key=sender,
        defects=tuple(defects),
        extra=extra,
        auto_kind="list" if machine else "",
    )


def address_of(source: str, ton: int, country: str = "") -> str:
    """Who wrote: a number with its plus; "smpp:" and the name or short number otherwise. Most SMSCs give a number
    with its country's code whatever they say of its kind; a national one needs to know the country."""
    digits = re.sub(r"[\s()\-.]", "", source)
    bare = digits.removeprefix("+")
    if ton == _ALPHANUMERIC or not bare.isascii() or not bare.isdigit():
        return f"{PREFIX}{source[:30] or 'unknown'}"
    if ton == 1 or digits.startswith("+"):
        return f"+{bare}" if 5 <= len(bare) <= 15 and bare[0] != "0" else f"{PREFIX}{bare[:30]}"
    if ton == 2 or bare.startswith("0"):
        found = _known(bare.removeprefix("00") if bare.startswith("00") else bare, "" if bare[:2] == "00" else country)
    else:
        found = _known(bare, "") or _known(bare, country)
    return found or f"{PREFIX}{bare[:30]}"


def _known(digits: str, country: str) -> str:
    try:
        number = phonenumbers.parse(digits if country else f"+{digits}", country or None)
    except NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def destination_of(address: str) -> tuple[int, int, str]:
    """(kind of number, numbering plan, digits) to send to. Raises ChannelError for a sender by name."""
    if re.fullmatch(r"\+[1-9]\d{4,14}", address):
        return 1, 1, address[1:]
    short = address.removeprefix(PREFIX)
    if address.startswith(PREFIX) and short.isascii() and short.isdigit():
        return 0, 1, short
    raise ChannelError("This sender uses a name and no number, so it takes no answers.", permanent=True)


def source_of(address: str) -> tuple[int, int, str]:
    """(kind of number, numbering plan, address) that we send from: a number, a short number, or a name."""
    bare = re.sub(r"[\s()\-.]", "", address)
    if re.fullmatch(r"\+?\d{7,15}", bare):
        return 1, 1, bare.removeprefix("+")
    if re.fullmatch(r"\d{3,6}", bare):
        return 3, 0, bare
    return _ALPHANUMERIC, 0, address.strip()[:11]
