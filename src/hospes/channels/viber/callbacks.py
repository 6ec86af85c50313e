"""Viber's callbacks understood: messages, receipts, people who come and go (Viber Bot API: Events).

Pure: the same bytes always mean the same.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from hospes.channels.adapter import News, Parsed, Piece
from hospes.channels.viber.api import PREFIX
from hospes.tickets.incoming import IncomingMessage, Person, RemoteFile

STORED: Final = frozenset({"message", "delivered", "seen", "failed", "subscribed", "unsubscribed"})
_FILES: Final = {
    "picture": ("📷", "photo.jpg", "image/jpeg"),
    "video": ("🎬", "video.mp4", "video/mp4"),
    "file": ("📎", "file", "application/octet-stream"),
}
_LATEST: Final = 253_402_300_799_000  # the year 9999, the last that a datetime knows


def loaded(body: bytes) -> dict[str, Any]:
    """A callback. Raises ValueError for anything that Viber does not send."""
    try:
        told = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(told, dict) or not isinstance(told.get("event"), str):
        raise ValueError("not a callback")
    return told


def pieces_of(told: Mapping[str, Any]) -> list[Piece]:
    """A callback as what is to be kept of it."""
    event = told["event"]
    if event not in STORED:
        return []  # the webhook's own check, somebody who looked in, what we did not ask for
    body = json.dumps(told, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    person = told.get("user_id") or told.get("sender") or told.get("user") or ""
    who = person.get("id", "") if isinstance(person, dict) else person
    key = ":".join(str(part)[:60] for part in (event, told.get("message_token", ""), who))
    return [Piece(key, body)]


def parse(body: bytes) -> Parsed:
    """Understand a kept callback; never raises."""
    try:
        told = loaded(body)
    except ValueError:
        return None
    event = told["event"]
    at = _at(told.get("timestamp"))
    token = str(told.get("message_token") or "")
    if event == "message":
        return _message(told, token, at)
    if event in {"delivered", "seen"}:
        return News("delivered" if event == "delivered" else "read", message_id=token, at=at) if token else None
    if event == "failed":
        return News("failed", message_id=token, words=str(told.get("desc") or "")[:500], at=at) if token else None
    if event in {"subscribed", "unsubscribed"}:
        user = told.get("user")
        who = user.get("id") if isinstance(user, dict) else told.get("user_id")
        if isinstance(who, str) and who:
            return News("opted_in" if event == "subscribed" else "opted_out", sender=f"{PREFIX}{who}", at=at)
    return None


def _message(told: Mapping[str, Any], token: str, at: datetime | None) -> Parsed:
    sender, message = told.get("sender"), told.get("message")
    if not isinstance(sender, dict) or not isinstance(message, dict):
        return None
    who = sender.get("id")
    if not isinstance(who, str) or not who:
        return None
    text, files, extra, defects = _contents(message)
    if isinstance(message.get("tracking_data"), str) and message["tracking_data"]:
        extra["start"] = message["tracking_data"][:200]
    return IncomingMessage(
        message_id=token,
        sender=Person(f"{PREFIX}{who}", str(sender.get("name") or "")[:200]),
        text=text,
        sent_at=at,
        authenticated=True,
        identity="handle",
        thread_key=who[:200],
        remote_files=files,
        extra=extra,
        defects=defects,
    )


def _contents(message: Mapping[str, Any]) -> tuple[str, tuple[RemoteFile, ...], dict[str, Any], tuple[str, ...]]:
    """(text, files, facts, what was not understood). Signs stand for what has no words."""
    kind = message["type"] if isinstance(message.get("type"), str) else ""
    text = message["text"] if isinstance(message.get("text"), str) else ""
    media = message["media"] if isinstance(message.get("media"), str) else ""
    if kind == "text" and text:
        return text, (), {}, ()
    if kind in _FILES and media:
        file, sign = _file(message, media, kind), _FILES[kind][0]
        return text or (f"{sign} {file.name}" if kind == "file" else sign), (file,), {}, ()
    if kind == "url" and media:
        return f"{text}\n{media}".strip(), (), {}, ()
    if kind == "sticker":
        return "🖼", (), {"sticker": str(message.get("sticker_id") or "")[:40]}, ()
    if kind == "location" and (place := _place(message.get("location"))):
        return f"📍 {place['latitude']:.6f}, {place['longitude']:.6f}", (), {"location": place}, ()
    if kind == "contact" and isinstance(message.get("contact"), dict):
        card = message["contact"]
        name, phone = str(card.get("name") or "")[:200], str(card.get("phone_number") or "")[:40]
        # Whose number this is nobody vouches for, so it stays a word.
        return f"👤 {name} {phone}".strip(), (), {"contact": {"name": name, "phone": phone}}, ()
    shown = kind[:40] or "empty"
    return text or f"❓ {shown}", (), {}, (f"a kind of message that is not known here: {shown}",)


def _file(message: Mapping[str, Any], media: str, kind: str) -> RemoteFile:
    _sign, usual, content_type = _FILES[kind]
    try:
        last = unquote(PurePosixPath(urlsplit(media).path).name)
    except ValueError:
        last = ""
    name = str(message.get("file_name") or (last if kind == "file" else "") or usual)
    size = message.get("size") or message.get("file_size")
    known = size if isinstance(size, int) and 0 < size < 2**62 else 0
    return RemoteFile(ref=media[:2000], name=name[:200], content_type=content_type, size=known)


def _place(value: Any) -> dict[str, float] | None:
    latitude, longitude = (value.get("lat"), value.get("lon")) if isinstance(value, dict) else (None, None)
    if not (isinstance(latitude, int | float) and isinstance(longitude, int | float)):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return {"latitude": float(latitude), "longitude": float(longitude)}


def _at(milliseconds: Any) -> datetime | None:
    if type(milliseconds) is not int or not 0 < milliseconds < _LATEST:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
