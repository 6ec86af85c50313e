"""What an SMSC's refusals mean (SMPP 3.4, 5.1.3): later, once an admin has put something right, or never. Pure."""

from typing import Final

from smpplib import consts

from hospes.channels.adapter import ChannelError

THROTTLED: Final = 0x58
QUEUE_FULL: Final = 0x14
NOT_NOW: Final = 0x64  # ESME_RX_T_APPN: our own "try again later"
PAUSE: Final = 5.0
_LATER: Final = frozenset({0x04, 0x05, 0x08, QUEUE_FULL, 0x45, THROTTLED, NOT_NOW, 0xFE, 0xFF})
_ACCESS: Final = frozenset({0x0A, 0x0D, 0x0E, 0x0F, 0x15, 0x48, 0x49, 0x53})
_WORDS: Final = {
    0x0A: "our sender number is not accepted",
    0x0B: "it is no valid number",
    0x0D: "the SMSC does not let us in",
    0x0E: "the password is wrong",
    0x0F: "the system id is not known",
    QUEUE_FULL: "the queue of the SMSC is full",
    0x53: "the system type is not accepted",
    THROTTLED: "more was sent than the SMSC allows",
}


def words_of(status: int) -> str:
    """A status in words, with its number."""
    told = _WORDS.get(status) or str(consts.DESCRIPTIONS.get(status, "")) or "refused without a reason"
    return f"0x{status:02X} {told}"


def refusal(status: int) -> ChannelError:
    """A submit_sm that was refused."""
    later, access = status in _LATER, status in _ACCESS
    return ChannelError(
        words_of(status),
        permanent=not later and not access,
        set_up=not access,
        retry_after=PAUSE if status in {THROTTLED, QUEUE_FULL} else 0.0,
    )


def refused_bind(status: int) -> ChannelError:
    """A bind that was refused: only an admin can help, unless the SMSC is merely busy."""
    busy = status in _LATER
    return ChannelError(words_of(status), permanent=False, set_up=busy, retry_after=PAUSE if busy else 0.0)
