"""Updates of the Bot API understood: messages, and news of messages that are there (Telegram Bot API: Update).

Pure: the same bytes always mean the same. A message's id is written "chat:message", because Telegram counts messages
within a chat; a pressed button's is "callback:id".
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from hospes.channels.adapter import News, Parsed, Piece
from hospes.channels.telegram.api import PREFIX
from hospes.channels.telegram.contents import Contents, contents_of
from hospes.core.html_text import words
from hospes.tickets.incoming import IncomingMessage, Person

# What we ask Telegram to tell us of.
WANTED: Final = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
CALLBACK: Final = "callback:"
_LATEST: Final = 253_402_300_799  # the year 9999, the last that a datetime knows


def pieces_of(update: Any) -> list[Piece]:
    """An update as one piece, or none when there is nothing in it for us. Raises ValueError when it is no update."""
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise ValueError("not an update")
    kind = next((name for name in update if name != "update_id"), "")
    if kind not in WANTED or not isinstance(update[kind], dict):
        return []
    body = json.dumps(update, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    return [Piece(_external_id(update["update_id"], kind, update[kind]), body)]


def _external_id(update_id: int, kind: str, told: Mapping[str, Any]) -> str:
    """Telegram draws its numbers anew after a quiet week, so an update's number alone could come twice."""
    chat = told.get("chat") if isinstance(told.get("chat"), dict) else {}
    assert isinstance(chat, dict)
    parts = (update_id, kind, chat.get("id", ""), told.get("message_id", told.get("id", "")), told.get("date", ""))
    return ":".join(str(part)[:40] for part in parts)


def parse(body: bytes) -> Parsed:
    """Understand a stored update; never raises. None: nothing for us (a group, a channel, Telegram's own notes)."""
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(update, dict):
        return None
    for kind, read in _READERS.items():
        told = update.get(kind)
        if isinstance(told, dict):
            return read(told)
    return None


def _message(message: Mapping[str, Any]) -> Parsed:
    sender, chat = _sender(message), _private(message)
    if sender is None or not chat:
        return None
    contents = contents_of(message, sender["id"])
    if contents.service:
        return None
    started = contents.text.strip()
    if started == "/start":  # pressing "Start" says nothing yet; it may follow upon "Stop"
        return News("opted_in", sender=_address(sender), at=_at(message.get("date")))
    if started.startswith("/start "):
        contents.extra["start"] = started.removeprefix("/start ").strip()[:64]
    return _incoming(message, sender, chat, contents)


def _incoming(message: Mapping[str, Any], sender: Mapping[str, Any], chat: int, contents: Contents) -> IncomingMessage:
    defects: list[str] = []
    if not contents.known:
        unknown = sorted(message.keys() - _FRAME)[:3]
        contents.sign = f"❓ {', '.join(unknown)}".strip()
        defects.append(f"a kind of message that is not known here: {', '.join(unknown) or 'empty'}")
    if isinstance(sender.get("username"), str):
        contents.extra["username"] = sender["username"][:64]
    return IncomingMessage(
        message_id=f"{chat}:{message.get('message_id')}",
        sender=Person(_address(sender), _name(sender)),
        text=contents.words,
        html=contents.html,
        quoted=_quoted(message),
        in_reply_to=_answered(message, chat),
        sent_at=_at(message.get("date")),
        authenticated=True,
        auto_kind="auto-reply" if sender.get("is_bot") else "",
        auto_reply=bool(sender.get("is_bot")),
        identity="handle",
        claims=tuple(contents.claims),
        thread_key=str(chat),
        remote_files=tuple(contents.files),
        extra=contents.extra,
        defects=tuple(defects),
    )


def _edited(message: Mapping[str, Any]) -> Parsed:
    chat = _private(message)
    text = message.get("text") or message.get("caption")
    if not chat or not isinstance(text, str):
        return None  # a location that moves on
    at = _at(message.get("edit_date"))
    return News("edited", message_id=f"{chat}:{message.get('message_id')}", text=text, at=at, thread_key=str(chat))


def _pressed(query: Mapping[str, Any]) -> Parsed:
    sender = _sender(query)
    below = query.get("message")
    if sender is None or not isinstance(below, dict) or not (chat := _private(below)):
        return None
    data = str(query.get("data") or "")
    label = _label(below, data) or data
    return IncomingMessage(
        message_id=f"{CALLBACK}{str(query.get('id') or '')[:64]}",
        sender=Person(_address(sender), _name(sender)),
        text=label or "👆",
        authenticated=True,
        identity="handle",
        thread_key=str(chat),
        extra={"button": label[:200], "data": data[:64], "of": f"{chat}:{below.get('message_id')}"},
    )


def _label(below: Mapping[str, Any], data: str) -> str:
    """What stood on the button."""
    markup = below.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if isinstance(button, dict) and data and button.get("callback_data") == data:
                return str(button.get("text") or "")
    return ""


def _reaction(told: Mapping[str, Any]) -> Parsed:
    chat = _private(told)
    user = told.get("user")
    if not chat or not isinstance(user, dict) or not isinstance(user.get("id"), int):
        return None
    new = told.get("new_reaction")
    given = [r for r in new if isinstance(r, dict)] if isinstance(new, list) else []
    emojis = "".join(str(r.get("emoji") or "⭐") if r.get("type") == "emoji" else "⭐" for r in given)
    message_id = f"{chat}:{told.get('message_id')}"
    return News("reaction", message_id=message_id, sender=_address(user), text=emojis[:16], at=_at(told.get("date")))


def _membership(told: Mapping[str, Any]) -> Parsed:
    """In a private chat this tells that the person has stopped the bot, or has started it again."""
    sender = _sender(told)
    new = told.get("new_chat_member")
    status = new.get("status") if isinstance(new, dict) else ""
    if sender is None or not _private(told) or status not in {"kicked", "left", "member"}:
        return None
    kind: Any = "opted_in" if status == "member" else "opted_out"
    return News(kind, sender=_address(sender), at=_at(told.get("date")))


def _sender(told: Mapping[str, Any]) -> dict[str, Any] | None:
    sender = told.get("from")
    return sender if isinstance(sender, dict) and type(sender.get("id")) is int else None


def _private(told: Mapping[str, Any]) -> int:
    """The id of a talk between one person and the bot; 0 for groups and channels, where we only listen politely."""
    chat = told.get("chat")
    if isinstance(chat, dict) and chat.get("type") == "private" and type(chat.get("id")) is int:
        number: int = chat["id"]
        return number
    return 0


def _address(sender: Mapping[str, Any]) -> str:
    return f"{PREFIX}{sender['id']}"


def _name(sender: Mapping[str, Any]) -> str:
    parts = [str(sender[n]) for n in ("first_name", "last_name") if sender.get(n)]
    return (" ".join(parts) or str(sender.get("username") or ""))[:200]


def _quoted(message: Mapping[str, Any]) -> str:
    """The words that the customer answers, where they chose some."""
    chosen, answered = message.get("quote"), message.get("reply_to_message")
    for source, name in ((chosen, "text"), (answered, "text"), (answered, "caption")):
        if isinstance(source, dict) and isinstance(source.get(name), str):
            return str(source[name])[:2000]
    return ""


def _answered(message: Mapping[str, Any], chat: int) -> str:
    answered = message.get("reply_to_message")
    number = answered.get("message_id") if isinstance(answered, dict) else None
    return f"{chat}:{number}" if type(number) is int else ""


def _at(seconds: Any) -> datetime | None:
    if type(seconds) is not int or not 0 < seconds < _LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)


_READERS: Final = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}
# What every message has around what was said.
_FRAME: Final = words(
    "message_id message_thread_id from sender_chat chat date edit_date forward_origin forward_from forward_from_chat "
    "forward_date forward_sender_name is_topic_message is_automatic_forward reply_to_message external_reply quote "
    "reply_to_story via_bot has_protected_content is_from_offline media_group_id author_signature entities "
    "caption_entities link_preview_options effect_id show_caption_above_media has_media_spoiler reply_markup"
)
