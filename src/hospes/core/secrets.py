"""Credentials at rest: encrypted with a key derived from the installation's secret (Fernet: AES-128-CBC and HMAC)."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def _fernet() -> Fernet:
    key = hashlib.sha256(f"credentials\0{settings.SECRET_KEY}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def seal(values: Mapping[str, Any]) -> str:
    """Encrypt a flat mapping of settings."""
    return _fernet().encrypt(json.dumps(dict(values)).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """Decrypt; an unreadable value (another secret key) gives an empty mapping, so screens can ask for it anew."""
    if not sealed:
        return {}
    try:
        values = json.loads(_fernet().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
