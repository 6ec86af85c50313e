"""Texts in PDUs: alphabets by data_coding, the header of concatenation, receipts (SMPP 3.4, 5.2.19, appendix B;
3GPP TS 23.038, TS 23.040, 9.2.3.24). Pure.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Final

from hospes.channels import segments
from hospes.channels.segments import GSM, alphabet_of, cut, plainer
from hospes.channels.smpp import pdus
from hospes.channels.smpp.pdus import Delivered

UDHI: Final = 0x40
CONCAT_SEGMENTS: Final = 10  # of one message; longer texts go as several
_RECEIPT_KINDS: Final = frozenset({0x04, 0x08, 0x10, 0x20})
_CODECS: Final = {
    1: "ascii",
    3: "latin-1",
    5: "shift_jis",
    6: "iso8859-5",
    7: "iso8859-8",
    8: "utf-16-be",
    14: "euc_kr",
}
_RECEIPT: Final = re.compile(r"id:\s*(\S+).{0,200}?stat:\s*([A-Za-z]{4,10})(?:.{0,80}?err:\s*(\S{1,10}))?", re.S)
# Turkish by the national language tables (TS 23.038, A.2.1 and A.3.1): single shift and locking shift.
# Some SMSCs say IA5 (1) and mean the default alphabet: its @, $, _ and escape are control signs there.
_GSM_AFTER_ALL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TURKISH_SINGLE: Final = {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"}
_TURKISH_LOCKING: Final = {
    0x04: "€", 0x07: "ı", 0x0B: "Ğ", 0x0C: "ğ", 0x1C: "Ş", 0x1D: "ş", 0x40: "İ", 0x60: "ç",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of how many a message is, and of which; `number` begins at 1."""

    reference: int
    total: int
    number: int


@dataclass(frozen=True, slots=True)
class Read:
    """A PDU's text. `defects` say what could not be read."""

    text: str
    part: Part | None = None
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery receipt: the message's id as it was written (`by_tlv`: as in submit_sm_resp), its state, the error."""

    message_id: str
    state: str
    error: str = ""
    by_tlv: bool = False


_BY_STATE: Final = {1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN",
                    8: "REJECTD"}  # fmt: skip


def report_of(found: Delivered) -> Report | None:
    """The receipt that a PDU is, or None for a message. Only esm_class or the parameter that no message has decide: a
    customer may write anything that looks like a receipt. That parameter alone, with no word of a state, is no receipt:
    some centres put it on messages too, and what a customer said must not be lost."""
    kind = found.esm_class & 0x3C
    tlv = found.tlvs.get(pdus.TLV_RECEIPTED, b"").split(b"\0")[0].decode("latin-1").strip()
    told = _RECEIPT.search(found.content.decode("latin-1"))
    state = _BY_STATE.get(found.tlvs[pdus.TLV_STATE][0], "") if found.tlvs.get(pdus.TLV_STATE) else ""
    if kind not in _RECEIPT_KINDS and not (tlv and (state or told)):
        return None
    if told is not None:
        state = state or told[2].upper()[:7]
    message_id = tlv or (told[1] if told else "")
    return Report(message_id[:64], state, (told[3] or "") if told else "", by_tlv=bool(tlv))


def canonical(message_id: str, written: str) -> str:
    """An id in one form, whether it was written in hexadecimal, in decimal, or as any text."""
    if written == "hex" and re.fullmatch(r"[0-9A-Fa-f]{1,40}", message_id):
        return str(int(message_id, 16))
    if written == "dec" and re.fullmatch(r"[0-9]{1,40}", message_id):
        return str(int(message_id))
    return message_id.casefold().lstrip("0") or message_id


def part_of(found: Delivered) -> Part | None:
    """Which part of a long message it is, by its header or by the sar_* parameters."""
    header, _content = _apart(found)
    for tag, value in _elements(header):
        if tag == 0x00 and len(value) == 3:
            return _part(value[0], value[1], value[2])
        if tag == 0x08 and len(value) == 4:
            return _part(int.from_bytes(value[:2]), value[2], value[3])
    sar = [found.tlvs.get(tag, b"") for tag in (pdus.TLV_SAR_REF, pdus.TLV_SAR_TOTAL, pdus.TLV_SAR_NUMBER)]
    if all(sar):
        return _part(*(int.from_bytes(value) for value in sar))
    return None


def _part(reference: int, total: int, number: int) -> Part | None:
    return Part(reference, total, number) if 2 <= total <= 255 and 1 <= number <= total else None


def read(found: Delivered, *, alphabet: str = "gsm") -> Read:
    """The text of a message, whatever comes. `alphabet` is what the SMSC means by data_coding 0: gsm, packed,
    latin-1 or ascii."""
    header, content = _apart(found)
    elements = dict(_elements(header))
    defects = [] if found.whole else ["the message broke off on the way"]
    coding = found.data_coding
    if (_seven_bit(coding) and alphabet in {"gsm", "packed"}) or (coding == 1 and _GSM_AFTER_ALL.search(content)):
        packed = alphabet == "packed" and coding != 1
        fill = -(len(header) + 1) * 8 % 7 if header else 0
        septets = segments.unpack(content, fill=fill) if packed else content
        shifts = (int.from_bytes(elements.get(0x24, b"\0")), int.from_bytes(elements.get(0x25, b"\0")))
        if not set(shifts) <= {0, 1}:
            defects.append("an alphabet that is not known here: some letters may be wrong")
        text = _seven(septets, single=shifts[0] == 1, locking=shifts[1] == 1)
    elif _two_octets(coding):
        text = content.decode("utf-16-be", "replace")
    else:
        codec = _CODECS.get(coding) or ("latin-1" if alphabet not in {"ascii", "latin-1"} else alphabet)
        if coding not in _CODECS and not _seven_bit(coding):
            defects.append(f"a kind of message that is not known here: coding {coding}")
        text = content.decode(codec, "replace")
    return Read(text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""), part_of(found), tuple(defects))


def _seven_bit(coding: int) -> bool:
    """Plain, or one of the groups of TS 23.038, chapter 4, with the default alphabet."""
    if coding == 0:
        return True
    return (coding & 0xF0 == 0xF0 and not coding & 0x04) or coding & 0xE0 == 0xC0 or coding & 0xFC in {0x10}


def _two_octets(coding: int) -> bool:
    return coding == 8 or coding & 0xFC == 0x18 or coding & 0xF0 == 0xE0


def _seven(septets: bytes, *, single: bool, locking: bool) -> str:
    if not single and not locking:
        return segments.decode(septets)
    text, escaped = [], False
    for code in septets:
        if code == segments.ESCAPE and not escaped:
            escaped = True
        elif escaped:
            sign = _TURKISH_SINGLE.get(code) if single else None
            text.append(sign or segments.decode(bytes((segments.ESCAPE, code))))
            escaped = False
        else:
            text.append((_TURKISH_LOCKING.get(code) if locking else None) or segments.decode(bytes((code,))))
    return "".join(text)


def _apart(found: Delivered) -> tuple[bytes, bytes]:
    """(user data header without its length, the rest)."""
    content = found.content
    if not found.esm_class & UDHI or not content:
        return b"", content
    length = content[0]
    if length >= len(content):
        return b"", content
    return content[1 : 1 + length], content[1 + length :]


def _elements(header: bytes) -> list[tuple[int, bytes]]:
    found = []
    while len(header) >= 2:
        found.append((header[0], header[2 : 2 + header[1]]))
        header = header[2 + header[1] :]
    return found


# What we send ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The short_message of one submit_sm, with what says how to read it."""

    content: bytes
    data_coding: int
    esm_class: int = 0


def outgoing(text: str, *, alphabet: str, key: str) -> list[Outgoing]:
    """A text as the PDUs that carry it. The reference of concatenation comes from `key`, so that a part that is sent
    again after a fault fits to those that have arrived."""
    found: list[Outgoing] = []
    text = plainer(text).replace("\r\n", "\n")
    limit = CONCAT_SEGMENTS * (150 if alphabet_of(text) == GSM else 66)
    for number, piece in enumerate(segments.at_word_ends(text, limit)):
        found += _concatenated(piece, alphabet, zlib.crc32(f"{key}:{number}".encode()) & 0xFF)
    return found


def _concatenated(text: str, alphabet: str, reference: int) -> list[Outgoing]:
    parts = cut(text)
    small = alphabet_of(text) == GSM
    if small and alphabet in {"latin-1", "ascii"}:
        small = all(_fits(part, alphabet) for part in parts)
        parts = parts if small else _cut_wide(text)
    if len(parts) == 1:
        content, coding = _encoded(parts[0], alphabet, small, header=0)
        return [Outgoing(content, coding)]
    made = []
    for number, part in enumerate(parts, start=1):
        header = bytes((5, 0, 3, reference, len(parts), number))
        content, coding = _encoded(part, alphabet, small, header=len(header))
        made.append(Outgoing(header + content, coding, UDHI))
    return made


def _encoded(text: str, alphabet: str, small: bool, *, header: int) -> tuple[bytes, int]:
    if not small:
        return text.encode("utf-16-be", "replace"), 8
    if alphabet == "packed":
        return segments.pack(segments.encode(text), fill=-header * 8 % 7 if header else 0), 0
    if alphabet in {"latin-1", "ascii"}:
        return text.encode(alphabet), 3 if alphabet == "latin-1" else 1
    return segments.encode(text), 0


def _fits(text: str, codec: str) -> bool:
    try:
        text.encode(codec)
    except UnicodeError:
        return False
    return True


def _cut_wide(text: str) -> list[str]:
    return [text] if len(text) <= 70 else [text[n : n + 67] for n in range(0, len(text), 67)]
