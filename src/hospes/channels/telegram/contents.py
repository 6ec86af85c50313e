"""What a Telegram message holds, as text, files and facts (Telegram Bot API: Message).

Where there are no words a sign stands for what was sent, in every language the same; the file itself follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hospes.channels.telegram.entities import html_of
from hospes.core.html_text import words
from hospes.tickets.incoming import Claim, RemoteFile

# What Telegram tells of a talk itself; nobody said anything.
SERVICE: Final = words(
    "pinned_message message_auto_delete_timer_changed write_access_allowed proximity_alert_triggered boost_added "
    "chat_background_set connected_website users_shared chat_shared passport_data new_chat_title new_chat_photo "
    "delete_chat_photo successful_payment refunded_payment video_chat_scheduled video_chat_started video_chat_ended"
)
_KNOWN_SUFFIX: Final = {
    "image/jpeg": ".jpg",
    "video/mp4": ".mp4",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "image/webp": ".webp",
    "video/webm": ".webm",
}


@dataclass(slots=True)
class Contents:
    """What was found. `sign` stands for what has no words."""

    text: str = ""
    html: str = ""
    sign: str = ""
    files: list[RemoteFile] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    known: bool = False
    service: bool = False

    @property
    def words(self) -> str:
        """The text, or what stands for it."""
        return self.text or self.sign


def contents_of(message: Mapping[str, Any], sender_id: int) -> Contents:
    """Everything in a message that a person sent."""
    found = Contents()
    for name, key in (("text", "entities"), ("caption", "caption_entities")):
        if isinstance(message.get(name), str) and message[name]:
            found.text, found.known = message[name], True
            found.html = html_of(found.text, [e for e in _list(message.get(key)) if isinstance(e, dict)])
    for kind, read in _READERS.items():
        value = message.get(kind)
        if value and isinstance(value, dict | list):
            found.known = True
            read(found, value, sender_id)
            if kind in {"animation", "venue"}:
                break  # Telegram repeats it as a document, or a location, for old programs
    found.service = not found.known and bool(SERVICE & message.keys())
    return found


def _file(found: Contents, value: Mapping[str, Any], sign: str, name: str, content_type: str) -> None:
    ref = value.get("file_id")
    if not isinstance(ref, str):
        return
    kind = str(value.get("mime_type") or content_type)
    shown = str(value.get("file_name") or f"{name}{_KNOWN_SUFFIX.get(kind, '')}")
    found.files.append(RemoteFile(ref=ref[:1000], name=shown[:200], content_type=kind[:100], size=_number(value)))
    found.sign = sign


def _number(value: Mapping[str, Any], name: str = "file_size") -> int:
    number = value.get(name)
    return number if isinstance(number, int) and 0 <= number < 2**62 else 0


def _photo(found: Contents, value: Any, sender_id: int) -> None:
    sizes = [s for s in _list(value) if isinstance(s, dict)]
    if sizes:
        largest = max(sizes, key=lambda s: (_number(s, "width") * _number(s, "height"), _number(s)))
        _file(found, largest, "📷", "photo", "image/jpeg")


def _lasting(sign: str, name: str, content_type: str) -> Callable[[Contents, Any, int], None]:
    def read(found: Contents, value: Any, sender_id: int) -> None:
        if isinstance(value, dict):
            minutes, seconds = divmod(_number(value, "duration"), 60)
            _file(found, value, f"{sign} {minutes}:{seconds:02}", name, content_type)

    return read


def _document(found: Contents, value: Any, sender_id: int) -> None:
    if isinstance(value, dict):
        _file(found, value, f"📎 {value.get('file_name') or ''}".strip(), "file", "application/octet-stream")


def _sticker(found: Contents, value: Any, sender_id: int) -> None:
    if isinstance(value, dict):
        moving = "video/webm" if value.get("is_video") else "image/webp"
        if not value.get("is_animated"):  # those are vector drawings that no browser shows
            _file(found, value, "", "sticker", moving)
        found.sign = str(value.get("emoji") or "🖼")


def _location(found: Contents, value: Any, sender_id: int) -> None:
    latitude, longitude = (value.get(n) for n in ("latitude", "longitude")) if isinstance(value, dict) else (None, None)
    if not (isinstance(latitude, int | float) and isinstance(longitude, int | float)):
        return
    if -90 <= latitude <= 90 and -180 <= longitude <= 180:
        found.sign = f"📍 {latitude:.6f}, {longitude:.6f}"
        found.extra["location"] = {"latitude": latitude, "longitude": longitude}


def _venue(found: Contents, value: Any, sender_id: int) -> None:
    if isinstance(value, dict):
        _location(found, value.get("location"), sender_id)
        where = ", ".join(str(value[n]) for n in ("title", "address") if value.get(n))
        found.sign = f"📍 {where} ({found.sign.removeprefix('📍 ')})" if found.sign else f"📍 {where}"


def _contact(found: Contents, value: Any, sender_id: int) -> None:
    """A card. Telegram names whose account a number belongs to, so one's own number is proven; others' are words."""
    if not isinstance(value, dict):
        return
    digits = "".join(c for c in str(value.get("phone_number") or "") if c.isascii() and c.isdigit())
    name = " ".join(str(value[n]) for n in ("first_name", "last_name") if value.get(n))
    found.sign = f"👤 {name} +{digits}".strip()
    found.extra["contact"] = {"name": name[:200], "phone": f"+{digits}"[:40]}
    if value.get("user_id") == sender_id and 7 <= len(digits) <= 15:
        found.claims.append(Claim("phone", f"+{digits}", verified=True))


def _dice(found: Contents, value: Any, sender_id: int) -> None:
    if isinstance(value, dict):
        found.sign = f"{value.get('emoji') or '🎲'} {value.get('value') or ''}".strip()


def _poll(found: Contents, value: Any, sender_id: int) -> None:
    if isinstance(value, dict):
        options = [f"• {o.get('text', '')}" for o in _list(value.get("options")) if isinstance(o, dict)]
        found.sign = "\n".join([f"📊 {value.get('question') or ''}", *options[:20]])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_READERS: Final[dict[str, Callable[[Contents, Any, int], None]]] = {
    "photo": _photo,
    "animation": _lasting("🎞", "animation", "video/mp4"),
    "video": _lasting("🎬", "video", "video/mp4"),
    "video_note": _lasting("🎬", "video", "video/mp4"),
    "voice": _lasting("🎤", "voice", "audio/ogg"),
    "audio": _lasting("🎵", "audio", "audio/mpeg"),
    "document": _document,
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "dice": _dice,
    "poll": _poll,
}
