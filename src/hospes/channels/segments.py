"""How a text is cut into short messages: its alphabet, how many there will be, and what each carries (3GPP TS 23.038,
TS 23.040). Pure; the composer shows what it counts, SMPP sends what it cuts.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

# The default alphabet by its 7-bit values (TS 23.038, 6.2.1) and the extension table behind an escape (6.2.1.1).
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
}  # fmt: skip
ESCAPE: Final = 0x1B
GSM: Final = "GSM-7"
UCS: Final = "UCS-2"
# (alone, as one of several: the header of concatenation takes six octets)
_ROOM: Final = {GSM: (160, 153), UCS: (70, 67)}
_CODES: Final = {sign: code for code, sign in enumerate(_BASIC) if code != ESCAPE}
_SIGNS: Final = {code: sign for sign, code in _EXTENDED.items()}
# Signs that writing programs put in by themselves, and what stands for them in the small alphabet.
_PLAINER: Final = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "‑": "-", "‐": "-", "−": "-", "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
        "\t": " ", "•": "-", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip


class Count(NamedTuple):
    """How many messages a text makes, how many signs still fit into the last one, and in which alphabet."""

    number: int
    left: int
    alphabet: str


def segments(text: str) -> Count:
    """Count them as the network does: a sign of the extension table takes two places, one outside of the basic
    plane two of UCS-2, and neither is torn between two messages."""
    text = text.replace("\r\n", "\n")
    alphabet = alphabet_of(text)
    alone, each = _ROOM[alphabet]
    total = sum(_places(sign, alphabet) for sign in text)
    if total <= alone:
        return Count(1 if text else 0, alone - total, alphabet)
    parts = list(_cut(text, alphabet, each))
    last = sum(_places(sign, alphabet) for sign in parts[-1])
    return Count(len(parts), each - last, alphabet)


def cut(text: str) -> list[str]:
    """The text as the messages that carry it; their texts joined are the text again."""
    text = text.replace("\r\n", "\n")
    alphabet = alphabet_of(text)
    alone, each = _ROOM[alphabet]
    if sum(_places(sign, alphabet) for sign in text) <= alone:
        return [text]
    return list(_cut(text, alphabet, each))


def alphabet_of(text: str) -> str:
    """GSM-7 when every sign is in it, else UCS-2."""
    return GSM if all(sign in _CODES or sign in _EXTENDED for sign in text) else UCS


def plainer(text: str) -> str:
    """The text with plain quotation marks and dashes, where that alone makes it fit the small alphabet and so halves
    what it costs; else as it is."""
    plain = text.translate(_PLAINER)
    return plain if alphabet_of(plain) == GSM else text


def at_word_ends(text: str, limit: int) -> list[str]:
    """A long text in pieces of at most `limit` UTF-16 units, parted where words end as far as there are any."""
    pieces: list[str] = []
    rest = text.strip()
    while _units(rest) > limit:
        end = _fitting(rest, limit)
        space = max(rest.rfind(" ", end // 2, end + 1), rest.rfind("\n", end // 2, end + 1))
        at = space if space > 0 else end
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def encode(text: str) -> bytes:
    """Septets, one an octet. Raises UnicodeError for a sign outside of the alphabet."""
    found = bytearray()
    for sign in text:
        if sign in _CODES:
            found.append(_CODES[sign])
        elif sign in _EXTENDED:
            found += bytes((ESCAPE, _EXTENDED[sign]))
        else:
            raise UnicodeError(f"not in GSM-7: {sign!r}")
    return bytes(found)


def decode(septets: bytes) -> str:
    """The text of septets that lie one in an octet. An escape before what the extension table does not have stands
    for a space, as phones show it (TS 23.038, 6.2.1.1); octets above 127 are no septets and become U+FFFD."""
    found: list[str] = []
    escaped = False
    for code in septets:
        if escaped:
            found.append(_SIGNS.get(code) or (_BASIC[code] if code < 0x80 and code != ESCAPE else " "))
            escaped = False
        elif code == ESCAPE:
            escaped = True
        else:
            found.append(_BASIC[code] if code < 0x80 else "\ufffd")
    return "".join(found)


def pack(septets: bytes, *, fill: int = 0) -> bytes:
    """Septets packed eight in seven octets (TS 23.038, 6.1.2.1), after `fill` bits that a header asks for."""
    bits, held = fill, 0
    found = bytearray()
    for septet in septets:
        held |= (septet & 0x7F) << bits
        bits += 7
        while bits >= 8:
            found.append(held & 0xFF)
            held >>= 8
            bits -= 8
    if bits:
        found.append(held & 0xFF)
    return bytes(found)


def unpack(packed: bytes, *, fill: int = 0) -> bytes:
    """Septets out of packed octets. Seven bits of zero at the very end are filling, not an @."""
    found = bytearray()
    total = len(packed) * 8
    value = int.from_bytes(packed, "little") >> fill
    for _number in range((total - fill) // 7):
        found.append(value & 0x7F)
        value >>= 7
    if found and found[-1] == 0 and -(-(fill + 7 * (len(found) - 1)) // 8) == len(packed):
        found.pop()
    return bytes(found)


def _places(sign: str, alphabet: str) -> int:
    if alphabet == GSM:
        return 2 if sign in _EXTENDED else 1
    return 2 if ord(sign) > 0xFFFF else 1


def _cut(text: str, alphabet: str, each: int) -> Iterator[str]:
    begin = used = 0
    for place, sign in enumerate(text):
        needed = _places(sign, alphabet)
        if used + needed > each:
            yield text[begin:place]
            begin, used = place, 0
        used += needed
    yield text[begin:]


def _units(text: str) -> int:
    return len(text) + sum(ord(sign) > 0xFFFF for sign in text)


def _fitting(text: str, limit: int) -> int:
    """How many signs from the beginning take at most `limit` units."""
    used = 0
    for place, sign in enumerate(text):
        used += 2 if ord(sign) > 0xFFFF else 1
        if used > limit:
            return max(place, 1)
    return len(text)
