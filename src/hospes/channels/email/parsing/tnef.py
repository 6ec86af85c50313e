"""winmail.dat: what Outlook packs into application/ms-tnef (MS-OXTNEF), read within bounds.

Why an own reader: the public one loads every property by recursion and raises on damage; here any damage ends
the reading and keeps what was found. Bodies and files are all that is taken.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import Final

from hospes.channels.email.parsing import charsets, text_forms
from hospes.channels.email.parsing.limits import Defects
from hospes.tickets.incoming import IncomingAttachment

SIGNATURE: Final = 0x223E9F78
MAX_ATTRIBUTES: Final = 5_000
MAX_FILES: Final = 200
MAX_UNPACKED: Final = 4_000_000
_BODY, _CODEPAGE, _MAPI = 0x800C, 0x9007, 0x9003
_FILE_START, _FILE_TITLE, _FILE_DATA, _FILE_MAPI = 0x9002, 0x8010, 0x800F, 0x9005
_RTF_PREFIX: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    + b"\r\n"
    + rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


@dataclass(slots=True)
class _File:
    name: str = ""
    long_name: str = ""
    data: bytes = b""
    content_type: str = ""
    content_id: str = ""


@dataclass(slots=True)
class Message:
    """What was inside: text, HTML (perhaps from RTF) and files."""

    text: str = ""
    html: str = ""
    files: list[IncomingAttachment] = field(default_factory=list)


def read(data: bytes, defects: Defects) -> Message | None:
    """The content of a winmail.dat, or None when it is none."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        return None
    message, codepage, raw_body = Message(), "cp1252", b""
    files: list[_File] = []
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if at + 9 > len(data):
            break
        _, name, _, length = struct.unpack_from("<BHHI", data, at)
        value = data[at + 9 : at + 9 + length]
        if length > len(data) - at - 9:
            defects.add("winmail.dat is damaged")
        at += 9 + length + 2
        if name == _CODEPAGE and len(value) >= 4:
            codepage = charsets.codec_name(f"cp{struct.unpack_from('<I', value)[0]}") or codepage
        elif name == _BODY:
            raw_body = value
        elif name == _MAPI:
            _read_body(value, message, codepage)
        elif name == _FILE_START and len(files) < MAX_FILES:
            files.append(_File())
        elif files and name == _FILE_TITLE:
            files[-1].name = value.rstrip(b"\x00").decode(codepage, "replace")
        elif files and name == _FILE_DATA:
            files[-1].data = value
        elif files and name == _FILE_MAPI:
            _read_file(value, files[-1], codepage)
    if not message.text and raw_body:
        message.text = text_forms.clean_text(raw_body.rstrip(b"\x00").decode(codepage, "replace"))
    message.files = [_attachment(file) for file in files]
    return message


def _attachment(file: _File) -> IncomingAttachment:
    from hospes.channels.email.parsing.attachments import guess_type, safe_name

    name = safe_name(file.long_name or file.name) or "file.bin"
    kind = file.content_type.lower() if re.fullmatch(r"[\w.+-]+/[\w.+-]+", file.content_type) else guess_type(name)
    return IncomingAttachment(name, kind, file.data, False, file.content_id.strip("<>"))


def _read_body(value: bytes, message: Message, codepage: str) -> None:
    for tag, content in _properties(value):
        if tag == 0x1000 and isinstance(content, str):
            message.text = text_forms.clean_text(content)
        elif tag == 0x1013:
            message.html = _text(content, codepage)
        elif tag == 0x1009 and isinstance(content, bytes) and not message.html:
            rtf = unpack_rtf(content).decode("latin-1")
            if not message.text:
                message.text = text_forms.text_of_rtf(rtf)


def _text(content: bytes | str, codepage: str) -> str:
    if isinstance(content, str):
        return text_forms.clean_text(content)
    return text_forms.clean_text(charsets.decode(content.rstrip(b"\x00"), codepage)[0])


def _read_file(value: bytes, file: _File, codepage: str) -> None:
    for tag, content in _properties(value):
        if tag == 0x3707:
            file.long_name = _text(content, codepage)
        elif tag == 0x370E:
            file.content_type = _text(content, codepage)
        elif tag == 0x3712:
            file.content_id = _text(content, codepage)
        elif tag == 0x3701 and isinstance(content, bytes) and not file.data:
            # PtypObject starts with the 16 bytes of an interface id.
            file.data = (
                content[16:]
                if content[:16].endswith(b"\x00" * 3 + b"\x46") or content[:4] == b"\x07\x03\x02\x00"
                else content
            )


_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}


def _properties(value: bytes) -> list[tuple[int, bytes | str]]:
    """The MAPI properties that have variable length, by id; stops at the first damage."""
    found: list[tuple[int, bytes | str]] = []
    try:
        (count,) = struct.unpack_from("<I", value)
        at = 4
        for _ in range(min(count, MAX_ATTRIBUTES)):
            kind, tag = struct.unpack_from("<HH", value, at)
            at += 4
            if tag >= 0x8000:
                at = _skip_name(value, at)
            many, kind = bool(kind & 0x1000), kind & 0x0FFF
            if kind in _FIXED:
                size = _FIXED[kind]
                repeat = 1
                if many:
                    (repeat,) = struct.unpack_from("<I", value, at)
                    at += 4
                at += size * repeat
                continue
            (repeat,) = struct.unpack_from("<I", value, at)
            at += 4
            for _ in range(min(repeat, MAX_ATTRIBUTES)):
                (length,) = struct.unpack_from("<I", value, at)
                content = value[at + 4 : at + 4 + length]
                at += 4 + length + (-length % 4)
                found.append((tag, content.decode("utf-16-le", "replace").rstrip("\x00") if kind == 0x1F
                              else content.rstrip(b"\x00").decode("cp1252", "replace") if kind == 0x1E and tag != 0x1013
                              else content))  # fmt: skip
    except struct.error:
        return found
    return found


def _skip_name(value: bytes, at: int) -> int:
    """Past the GUID and the name or number of a named property."""
    (kind,) = struct.unpack_from("<I", value, at + 16)
    at += 20
    (length,) = struct.unpack_from("<I", value, at)
    return at + 4 + length + (-length % 4) if kind == 1 else at + 4


def unpack_rtf(data: bytes) -> bytes:
    """Compressed RTF (MS-OXRTFCP) unpacked, at most a few megabytes."""
    if len(data) < 16:
        return b""
    size, raw_size, magic = struct.unpack_from("<III", data)
    if magic == 0x414C454D:
        return data[16 : 16 + min(raw_size, MAX_UNPACKED)]
    if magic != 0x75465A4C:
        return b""
    window = bytearray(4096)
    window[: len(_RTF_PREFIX)] = _RTF_PREFIX
    write, at, end = len(_RTF_PREFIX), 16, min(len(data), size + 4)
    out = bytearray()
    limit = min(raw_size, MAX_UNPACKED)
    while at < end and len(out) < limit:
        control = data[at]
        at += 1
        for bit in range(8):
            if control & (1 << bit):
                if at + 1 >= end:
                    return bytes(out)
                token = data[at] << 8 | data[at + 1]
                at += 2
                offset, length = token >> 4, (token & 0xF) + 2
                if offset == write % 4096:
                    return bytes(out)
                for step in range(length):
                    byte = window[(offset + step) % 4096]
                    window[write % 4096] = byte
                    write += 1
                    out.append(byte)
            else:
                if at >= end:
                    return bytes(out)
                window[write % 4096] = data[at]
                write += 1
                out.append(data[at])
                at += 1
    return bytes(out)
