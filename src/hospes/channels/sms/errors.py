"""Why a text message did not arrive, in plain words, by the provider's code (Twilio: Error and warning dictionary)."""

from typing import Final

_WORDS: Final = {
    30001: "too many messages were waiting",
    30002: "the account was suspended",
    30003: "the phone is switched off or cannot be reached",
    30004: "the receiver or their network blocks messages from us",
    30005: "the number is not in use or cannot get messages",
    30006: "it is a landline, or the network cannot be reached",
    30007: "the network filtered the message out as unwanted",
    30008: "the network gave no reason",
    30009: "a part of the message was lost on the way",
    30010: "the message costs more than the account allows",
    30011: "the number gets no pictures or files",
    30017: "the network was too busy",
    30018: "this number cannot be reached from ours",
    30019: "the files are too large for the network",
    30022: "more was sent than the registration allows",
    30023: "the day's limit of the network is used up",
    30024: "the sender is not registered for this country",
    30032: "our number is not verified at the provider",
    30034: "our number is not registered for messages there",
    21610: "they asked for no more messages (STOP)",
    21611: "too many messages wait at the provider",
    21612: "this number cannot be reached from ours",
    21614: "it is no mobile number",
    21211: "it is no valid number",
    21408: "the account may not send to this country",
    63018: "too many messages were sent at once",
}


def words_of(code: int, told: str = "") -> str:
    """The code with what it means; what the provider says where we do not know it."""
    meaning = _WORDS.get(code) or told[:300] or "the provider gave no reason"
    return f"{code} {meaning}" if code else meaning
