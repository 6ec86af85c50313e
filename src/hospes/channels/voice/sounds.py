"""Which sound files may be played to callers: looked at by their content, whatever they call themselves."""

from typing import Final

LARGEST: Final = 5 * 1024 * 1024
LAYER_3: Final = 1  # as an MPEG frame's head says it (ISO/IEC 11172-3, 2.4.2.3)


def kind_of(content: bytes) -> str:
    """The media type of an MP3 or WAV file by its first bytes; else empty."""
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    if content[:3] == b"ID3" or _frame(content[:4]):
        return "audio/mpeg"
    return ""


def _frame(head: bytes) -> bool:
    """Whether an MPEG frame of layer III begins here: its sync bits, and no rate that is reserved."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bits, rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == LAYER_3 and bits not in {0, 15} and rate != 3
