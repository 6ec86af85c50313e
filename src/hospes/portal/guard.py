"""Keeps robots from the contact form without asking anybody's service: a signed time token, a trap, a small work.

Nobody is turned away for good: whoever looks like a robot is shown the form again with all that they typed.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest

from hospes.core import ids, limits
from hospes.core.errors import RateLimited
from hospes.customers.policies import email_key

WORK_BITS: Final = 14  # about 16,000 hashes: a fifth of a second in a browser, too dear for a flood
QUICKEST: Final = 3  # seconds in which no person fills in the form
QUICKEST_WITHOUT_WORK: Final = 6
OLDEST: Final = 6 * 3600
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the hidden fields say. `reason` is empty, or "trap", "stale" or "quick"; `worked` tells of the proof."""

    reason: str
    worked: bool
    nonce: str = ""

    @property
    def may_be_kept(self) -> bool:
        """Whether the token may stand in the form that is shown again."""
        return self.nonce != "" and self.reason != "stale"


def new_token(*, now: datetime) -> str:
    """A signed mark of when a form was shown, good for one sending."""
    body = f"{int(now.timestamp()):x}.{ids.token(9)}"
    return f"{body}.{ids.keyed_digest('contact-form', body, length=32)}"


def inspect(*, token: str, proof: str, trap: str, now: datetime) -> Inspection:
    """Judge a sent form by its hidden fields."""
    stamp, _dot, rest = token.partition(".")
    nonce, _dot, signature = rest.rpartition(".")
    good = len(token) < 120 and ids.same(
        ids.keyed_digest("contact-form", f"{stamp}.{nonce}", length=32), signature.strip()
    )
    if not good:
        return Inspection("stale", worked=False)
    worked = has_worked(token, proof)
    age = int(now.timestamp()) - int(stamp, 16)
    reason = ""
    if trap:
        reason = "trap"
    elif age > OLDEST:
        reason = "stale"
    elif age < (QUICKEST if worked else QUICKEST_WITHOUT_WORK):
        reason = "quick"
    return Inspection(reason, worked=worked, nonce=nonce)


def has_worked(token: str, proof: str) -> bool:
    """Whether SHA-256 of "token:proof" begins with WORK_BITS zero bits."""
    if not proof or len(proof) > 12 or not proof.isascii() or not proof.isdecimal():
        return False
    digest = hashlib.sha256(f"{token}:{proof}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> (32 - WORK_BITS) == 0


def visitor(request: HttpRequest) -> str:
    """Whom to count: an IPv4 address, or the network of 64 bits that one IPv6 household has."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def is_first_use(inspection: Inspection, *, now: datetime) -> bool:
    """Use the token up; False when it was used before (a second press, a Back key, a robot's copy)."""
    return limits.count(f"form-token:{inspection.nonce}", limit=1, seconds=24 * HOUR, now=now).allowed


def was_used(inspection: Inspection, *, now: datetime) -> bool:
    """Whether a message was sent with this token."""
    return limits.used(f"form-token:{inspection.nonce}", seconds=24 * HOUR, now=now) > 0


def count_form(inspection: Inspection, *, email: str, who: str, now: datetime) -> None:
    """Count a form that is about to be accepted. Raises RateLimited; those who did the work have the larger share."""
    limits.require(f"form-address:{email_key(email)}", limit=6, seconds=HOUR, now=now)
    if inspection.worked:
        limits.require(f"form-ip:{who}", limit=20, seconds=HOUR, now=now)
        return
    limits.require(f"form-ip-plain:{who}", limit=4, seconds=HOUR, now=now)
    limits.require("form-plain", limit=120, seconds=HOUR, now=now)


def count_sign_in(*, who: str, now: datetime) -> None:
    """Count a mailed code or a tried one by where it is asked from. Raises RateLimited."""
    limits.require(f"portal-sign-in:{who}", limit=40, seconds=HOUR, now=now)


def minutes_left(error: RateLimited) -> int:
    """After how many minutes one may try again, rounded up."""
    return max(1, -(-int(error.details.get("retry_after", 60)) // 60))
