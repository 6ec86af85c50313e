"""Random names and tokens, and how a token is kept: only its hash."""

import hashlib
import hmac
import secrets

from django.conf import settings

# Crockford's base 32 without vowels that make words and without look-alikes (I L O U).
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def ticket_number() -> str:
    """Seven random signs such as `K7F2M9Q` (28^7, about 13 billion): short to say, useless to guess."""
    return "".join(secrets.choice(ALPHABET) for _ in range(7))


def token(nbytes: int = 32) -> str:
    """A URL-safe random token."""
    return secrets.token_urlsafe(nbytes)


def digit_code(digits: int = 6) -> str:
    """A short code to type, for use with a try limit and a short life."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def token_hash(value: str) -> str:
    """How a token is stored. Tokens are long and random, so a fast hash is right; it is keyed by the secret."""
    return keyed_digest("token", value)


def keyed_digest(purpose: str, value: str, *, length: int = 64) -> str:
    """HMAC-SHA-256 (RFC 2104) in hex under the installation's secret, separated by purpose."""
    key = hashlib.sha256(f"{purpose}\0{settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:length]


def same(left: str, right: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
