"""Pure decisions of the live chat: who may talk to us from where, whom a site signed for, files, waits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

TOKEN_LIFE: Final = timedelta(days=90)
RENEW_BELOW: Final = timedelta(days=60)
CONNECTED_FOR: Final = timedelta(seconds=75)
MOST_DEVICES: Final = 20
MESSAGE_ID: Final = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
MOST_FILES: Final = 5
LARGEST_FILE: Final = 20 * 1024 * 1024
# Types by the name's ending: what a browser claims is not believed. Nothing here can run in our pages.
FILE_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def clean_origin(text: str) -> str:
    """An origin in its one spelling ("https://shop.example", no path, no usual port), or "" for what is none."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or "*" in parts.netloc:
        return ""
    if parts.path.strip("/") or parts.query or parts.fragment:
        return ""
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError:
        return ""
    if ":" in host:
        host = f"[{host}]"
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else "")


def may_come_from(origin: str, *, allowed: Sequence[str], own: Sequence[str]) -> bool:
    """Whether a page of this origin may use the chat: exactly one of those listed, or our own pages."""
    return bool(origin) and origin != "null" and (origin in allowed or origin in own)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who a visitor is by the site's own signature."""

    subject: str
    email: str = ""
    name: str = ""
    phone: str = ""
    email_verified: bool = True


class BadSignature(Exception):
    """The token is not the site's, or its time is over."""


def signed_identity(token: str, secrets: Sequence[str]) -> Signed:
    """The identity in a JWT (RFC 7519), HS256 over one of the inbox's secrets (the present one, and the one before it
    while sites change over). `exp` and `sub` are required. Raises BadSignature."""
    claims: dict[str, Any] | None = None
    for secret in secrets:
        try:
            claims = jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                leeway=10,
                options={"require": ["exp", "sub"], "verify_aud": False, "verify_iss": False},
            )
            break
        except jwt.PyJWTError:
            continue
    if claims is None:
        raise BadSignature
    subject = str(claims["sub"]).strip()[:200]
    if not subject:
        raise BadSignature
    email = _plain(claims, "email", 320)
    return Signed(
        subject,
        email if "@" in email else "",
        _plain(claims, "name", 200),
        _plain(claims, "phone", 40),
        claims.get("email_verified") is not False,
    )


def _plain(claims: Mapping[str, Any], name: str, longest: int) -> str:
    value = claims.get(name)
    return " ".join(value.split())[:longest] if isinstance(value, str) else ""


def same_person(*, known: str, signed: str) -> bool:
    """Whether the one who comes back is the one who was here: who signs in stays the same person, anybody else who
    uses the device is another one, and so is whoever signed out."""
    return known == signed or not known


def file_type(name: str) -> str:
    """The type of a file that may be sent, by its name; "" for one that may not."""
    return FILE_TYPES.get(name.rpartition(".")[2].lower(), "") if "." in name else ""


def estimated_wait(*, position: int, recent: Sequence[datetime], now: datetime) -> int | None:
    """Seconds until somebody at this place in a queue is answered, by how fast it moved within the last half hour.

    None when it moved fewer than three times: better no number than an invented one.
    """
    within = sorted(at for at in recent if now - timedelta(minutes=30) < at <= now)
    if len(within) < 3 or position < 1:
        return None
    span = (now - within[0]).total_seconds()
    return round(span / len(within) * position)


def initials(name: str) -> str:
    """Up to two first letters."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def shown_name(name: str) -> str:
    """How an agent is called before visitors: the first name alone."""
    return name.split(maxsplit=1)[0] if name.split() else ""
