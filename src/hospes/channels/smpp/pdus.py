"""PDUs read and made (SMPP 3.4, chapters 3 to 5), by the codec of smpplib. Reading never raises: what an SMSC sends is
kept first and understood later.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from smpplib import smpp
from smpplib.command import DeliverSM

DELIVER_SM: Final = 0x05
DATA_SM: Final = 0x103
SUBMIT_SM_RESP: Final = 0x8000_0004
RESPONSE: Final = 0x8000_0000
LARGEST: Final = 80_000  # message_payload holds at most 64 kB
_HEADER: Final = struct.Struct(">IIII")
TLV_RECEIPTED: Final = 0x001E
TLV_PAYLOAD: Final = 0x0424
TLV_STATE: Final = 0x0427
TLV_SAR_REF, TLV_SAR_TOTAL, TLV_SAR_NUMBER = 0x020C, 0x020E, 0x020F


@dataclass(frozen=True, slots=True)
class Header:
    """The first 16 octets of each PDU."""

    length: int
    command: int
    status: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a deliver_sm or data_sm carries. `whole` is False when it broke off in the middle."""

    source: str = ""
    source_ton: int = 0
    destination: str = ""
    esm_class: int = 0
    data_coding: int = 0
    content: bytes = b""
    tlvs: dict[int, bytes] = field(default_factory=dict)
    whole: bool = True


def header_of(pdu: bytes) -> Header:
    """The header; the caller has 16 octets."""
    return Header(*_HEADER.unpack_from(pdu))


def split(body: bytes) -> Iterator[bytes]:
    """PDUs that lie one after another."""
    while len(body) >= _HEADER.size:
        length = header_of(body).length
        if not _HEADER.size <= length <= len(body):
            yield body
            return
        yield body[:length]
        body = body[length:]


def read(pdu: bytes) -> Delivered:
    """Understand a deliver_sm or data_sm as far as it goes."""
    if len(pdu) < _HEADER.size:
        return Delivered(whole=False)
    if header_of(pdu).command == DATA_SM:
        return _read_data(pdu[_HEADER.size :])
    found = _Tolerant("deliver_sm", need_sequence=False)
    whole = True
    try:
        found.parse(pdu)
    except Exception:  # the codec fails on broken PDUs in many ways
        whole = False
    content = found.short_message or b""
    payload = found.tlvs.get(TLV_PAYLOAD, b"")
    return Delivered(
        source=_text(found.source_addr),
        source_ton=found.source_addr_ton or 0,
        destination=_text(found.destination_addr),
        esm_class=found.esm_class or 0,
        data_coding=found.data_coding or 0,
        content=content or payload,
        tlvs=found.tlvs,
        whole=whole and found.whole and len(content) == (found.sm_length or 0),
    )


class _Tolerant(DeliverSM):  # type: ignore[misc]
    """smpplib's deliver_sm, whose optional parameters may be of any kind, and broken."""

    def __init__(self, command: str, **more: Any) -> None:
        self.tlvs: dict[int, bytes] = {}
        self.whole = True
        super().__init__(command, **more)

    def parse_optional_params(self, data: bytes) -> None:
        """Keep them as octets by their tags."""
        self.tlvs, self.whole = _tlvs(data)


def _tlvs(data: bytes) -> tuple[dict[int, bytes], bool]:
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        tag, length = struct.unpack_from(">HH", data)
        if len(data) < 4 + length:
            return found, False
        found.setdefault(tag, data[4 : 4 + length])
        data = data[4 + length :]
    return found, not data


def _read_data(body: bytes) -> Delivered:
    """data_sm (4.7.1): service type, two addresses, esm_class, registered_delivery, data_coding; the rest is TLVs."""
    try:
        _service, rest = body.split(b"\0", 1)
        source_ton, rest = rest[0], rest[2:]
        source, rest = rest.split(b"\0", 1)
        destination, rest = rest[2:].split(b"\0", 1)
        esm_class, _registered, coding = rest[:3]
    except (ValueError, IndexError):
        return Delivered(whole=False)
    tlvs, whole = _tlvs(rest[3:])
    return Delivered(
        _text(source), source_ton, _text(destination), esm_class, coding, tlvs.get(TLV_PAYLOAD, b""), tlvs, whole
    )


def _text(value: bytes | str | None) -> str:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return (value or "").strip("\0 ")[:64]


class _Numbers:
    """What smpplib asks of its client when it makes a PDU: numbers of the sequence."""

    def __init__(self) -> None:
        self.sequence = 0

    def next_sequence(self) -> int:
        """1 to 0x7FFFFFFF, and again."""
        self.sequence = self.sequence % 0x7FFF_FFFF + 1
        return self.sequence


class Maker:
    """Makes the requests of one session, numbered."""

    def __init__(self) -> None:
        self._numbers = _Numbers()

    def request(self, command: str, **fields: Any) -> tuple[int, bytes]:
        """(sequence number, PDU)."""
        pdu = smpp.make_pdu(command, client=self._numbers, **fields)
        return int(pdu.sequence), bytes(pdu.generate())


def response(to: Header, status: int = 0) -> bytes:
    """The answer to a request. Those to deliver_sm and data_sm have an empty message_id (4.6.2)."""
    body = b"\0" if to.command in {DELIVER_SM, DATA_SM} and status == 0 else b""
    return _HEADER.pack(_HEADER.size + len(body), to.command | RESPONSE, status, to.sequence) + body


def unknown(to: Header) -> bytes:
    """generic_nack (4.3.1) to a command that is none of ours: ESME_RINVCMDID."""
    return _HEADER.pack(_HEADER.size, RESPONSE, 0x03, to.sequence)


def message_id(pdu: bytes) -> str:
    """The id in a submit_sm_resp."""
    return _text(pdu[_HEADER.size :].split(b"\0", 1)[0]).replace(" ", "")
