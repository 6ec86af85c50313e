"""Pure decisions about customers: how contact points are recognised."""

from collections.abc import Sequence
from typing import Final

import phonenumbers

from hospes.core.text import fold


def email_key(address: str) -> str:
    """The form in which two spellings of one mailbox are equal: lower case throughout, nothing else guessed."""
    return address.strip().casefold()


def phone_key(number: str, *, region: str = "") -> str:
    """E.164 where the number can be understood, else its digits."""
    try:
        parsed = phonenumbers.parse(number, region or None)
    except phonenumbers.NumberParseException:
        return "".join(c for c in number if c.isdigit() or c == "+")
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def contact_key(kind: str, value: str) -> str:
    """The unique key of a contact point."""
    if kind == "email":
        return email_key(value)
    if kind == "phone":
        return phone_key(value)
    return value.strip()


LEARNT_FROM: Final = 6  # of somebody's newest answers
ENOUGH: Final = 3


def learned_channel(answers: Sequence[str], current: str = "", *, several: bool = True) -> str:
    """The channel by which somebody is reached best, from the channels of their answers to us, the newest first: the
    one of more than half of the newest answers, once there are three by it. Until that is clear, what was learned
    before stays. Who has only ever used one channel (not `several`) needs no preference."""
    newest = list(answers[:LEARNT_FROM])
    if not several and not current:
        return ""
    best = max(dict.fromkeys(newest), key=newest.count, default="")
    if newest.count(best) >= ENOUGH and 2 * newest.count(best) > len(newest):
        return best
    return current


def block_matches(pattern: str, address: str) -> bool:
    """Whether a block (an address, or @domain with its subdomains) covers an address."""
    address = email_key(address)
    if pattern.startswith("@"):
        domain = "@" + address.rpartition("@")[2]
        return domain == pattern or domain.endswith("." + pattern[1:])
    return address == pattern


def block_candidates(address: str) -> list[str]:
    """All patterns that would cover an address, for one indexed look-up."""
    address = email_key(address)
    domain = address.rpartition("@")[2]
    parts = domain.split(".")
    return [address, *("@" + ".".join(parts[i:]) for i in range(len(parts)))]


def search_text(name: str, company: str, points: list[str]) -> str:
    """What a customer is found by, folded, in one line."""
    return fold(" ".join(part for part in (name, company, *points) if part))[:600]
