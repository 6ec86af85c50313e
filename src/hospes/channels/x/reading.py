"""What X tells of an account, understood (X: Account Activity API, data object structure).

Pure: the same bytes always mean the same. A private talk is named by the other's address, a public one by the post
that it began with and its writer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

from hospes.channels.adapter import News, Parsed, Piece
from hospes.channels.x.api import PREFIX
from hospes.tickets.incoming import IncomingMessage, Person, RemoteFile

MESSAGES: Final = "direct_message_events"
POSTS: Final = "tweet_create_events"
DELETED: Final = "tweet_delete_events"
READ: Final = "direct_message_mark_read_events"
STORED: Final = (MESSAGES, POSTS, DELETED, READ)
_KINDS: Final = {"photo": ("photo.jpg", "image/jpeg", "📷"), "video": ("video.mp4", "video/mp4", "🎬"),
                 "animated_gif": ("animation.mp4", "video/mp4", "🎞")}  # fmt: skip
_LATEST: Final = 253_402_300_799_000  # the year 9999, the last that a datetime knows
_CREATED: Final = "%a %b %d %H:%M:%S %z %Y"


def loaded(body: bytes) -> dict[str, Any]:
    """A call's body. Raises ValueError for anything that X does not send."""
    try:
        told = json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(told, dict) or not ({"for_user_id", "user_event", "replay_job_status"} & told.keys()):
        raise ValueError("not account activity")
    return told


def pieces_of(told: Mapping[str, Any]) -> list[Piece]:
    """Each event that we keep, with what is needed to understand it alone."""
    account = _digits(told.get("for_user_id"))
    users = told.get("users") if isinstance(told.get("users"), dict) else {}
    assert isinstance(users, dict)
    found = []
    for kind in STORED:
        for event in _dicts(told.get(kind)):
            kept: dict[str, Any] = {"kind": kind, "for_user_id": account, "event": event}
            if kind == MESSAGES and isinstance(sender := users.get(_sender_of(event)), dict):
                kept["sender"] = {name: sender.get(name) for name in ("id", "name", "screen_name")}
            if str(told.get("user_has_blocked")).lower() == "true":
                kept["blocked"] = True
            body = json.dumps(kept, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
            found.append(Piece(f"{account}:{kind}:{_key(kind, event)}"[:200], body, {"account": account}))
    return found


def _key(kind: str, event: Mapping[str, Any]) -> str:
    if kind == DELETED:
        return _digits(_at(event, "status", "id"))
    if kind == READ:
        return f"{_sender_of(event)}:{_digits(event.get('last_read_event_id'))}"
    return _digits(event.get("id_str") or event.get("id"))


def parse(body: bytes) -> Parsed:
    """Understand a kept event; never raises. None: nothing for us (our own posts, others' talk)."""
    try:
        kept = json.loads(body)
    except (ValueError, RecursionError):
        return None
    event = kept.get("event") if isinstance(kept, dict) else None
    if not isinstance(event, dict):
        return None
    account, kind = _digits(kept.get("for_user_id")), kept.get("kind")
    if kind == MESSAGES:
        return _message(event, account, kept.get("sender"))
    if kind == POSTS:
        return None if kept.get("blocked") else _post(event, account)
    if kind == DELETED:
        number = _digits(_at(event, "status", "id"))
        return News("deleted", message_id=number, at=_moment(event.get("timestamp_ms"))) if number else None
    if kind == READ:
        reader, at = _sender_of(event), _moment(event.get("created_timestamp"))
        if reader and reader != account:
            return News("read", sender=f"{PREFIX}{reader}", at=at, until=at, thread_key=f"{PREFIX}{reader}")
    return None


def _message(event: Mapping[str, Any], account: str, known: Any) -> Parsed:
    """A private message; one of ours that was written elsewhere is told as such."""
    sender, number = _sender_of(event), _digits(event.get("id"))
    said = _at(event, "message_create", "message_data")
    if not sender or not number or not isinstance(said, dict):
        return None
    at = _moment(event.get("created_timestamp"))
    text = _text(said.get("text"), said)
    if sender == account:
        other = _digits(_at(event, "message_create", "target", "recipient_id"))
        talk = f"{PREFIX}{other}"
        return News("elsewhere", message_id=number, sender=talk, text=text, at=at, thread_key=talk) if other else None
    media, defects = _attached(said.get("attachment"))
    files = list(_files(media, number))
    pressed = _at(said, "quick_reply_response", "metadata")
    extra: dict[str, Any] = {"button": pressed[:200]} if isinstance(pressed, str) and pressed else {}
    if isinstance(known, dict) and isinstance(known.get("screen_name"), str):
        extra["username"] = known["screen_name"][:64]
    signs = " ".join(_KINDS[str(one.get("type"))][2] for one in media)
    if not text and not signs and not defects:
        defects = ("a kind of message that is not known here: empty",)
    return IncomingMessage(
        message_id=number,
        sender=Person(f"{PREFIX}{sender}", str(known.get("name") or "")[:200] if isinstance(known, dict) else ""),
        text=text or signs or "❓",
        sent_at=at,
        authenticated=True,
        identity="handle",
        thread_key=f"{PREFIX}{sender}",
        remote_files=tuple(files),
        extra=extra,
        defects=defects,
    )


def _post(post: Mapping[str, Any], account: str) -> Parsed:
    """A post of somebody else's that is directed at us: it mentions us, answers us or quotes us."""
    author, number = _digits(_at(post, "user", "id_str") or _at(post, "user", "id")), _key(POSTS, post)
    if not author or not number or author == account or isinstance(post.get("retweeted_status"), dict):
        return None
    whole = post["extended_tweet"] if isinstance(post.get("extended_tweet"), dict) else post
    answers_us = _digits(post.get("in_reply_to_user_id_str")) == account
    quotes_us = _digits(_at(post, "quoted_status", "user", "id_str")) == account
    if not (account and (answers_us or quotes_us or account in _mentioned(whole) | _mentioned(post))):
        return None
    media = [m for m in _dicts(_at(whole, "extended_entities", "media")) if str(m.get("type")) in _KINDS]
    text = _text(whole.get("full_text") or post.get("full_text") or post.get("text"), whole)
    name = str(_at(post, "user", "screen_name") or "i")[:64]
    began = _digits(post.get("conversation_id_str")) or number
    where = {"permalink": f"https://x.com/{name}/status/{number}", "comment_id": number, "post_id": began}
    return IncomingMessage(
        message_id=number,
        sender=Person(f"{PREFIX}{author}", str(_at(post, "user", "name") or name)[:200]),
        text=text or " ".join(_KINDS[str(one["type"])][2] for one in media) or where["permalink"],
        in_reply_to=_digits(post.get("in_reply_to_status_id_str")),
        sent_at=_moment(post.get("timestamp_ms")) or _created(post.get("created_at")),
        authenticated=True,
        identity="handle",
        thread_key=f"post:{began}:{author}",
        remote_files=tuple(_files(media, number)),
        extra={"public": True, "username": name, **where},
    )


def _mentioned(whole: Mapping[str, Any]) -> set[str]:
    return {_digits(m.get("id_str") or m.get("id")) for m in _dicts(_at(whole, "entities", "user_mentions"))}


def _text(text: Any, around: Mapping[str, Any]) -> str:
    """The words with links as they were written; X's own links to what is attached are left out."""
    if not isinstance(text, str):
        return ""
    attached = [_at(around, "attachment", "media"), *_dicts(_at(around, "extended_entities", "media"))]
    for one in attached:
        if isinstance(one, dict) and isinstance(one.get("url"), str) and one["url"]:
            text = text.replace(one["url"], "")
    for link in _dicts(_at(around, "entities", "urls")):
        if isinstance(link.get("url"), str) and isinstance(link.get("expanded_url"), str) and link["url"]:
            text = text.replace(link["url"], link["expanded_url"])
    return unescape(text).strip()


def _attached(attachment: Any) -> tuple[list[Mapping[str, Any]], tuple[str, ...]]:
    """(media, what was not understood) of a private message."""
    if not isinstance(attachment, dict):
        return [], ()
    media = attachment.get("media")
    if isinstance(media, dict) and isinstance(media.get("type"), str) and media["type"] in _KINDS:
        return [media], ()
    shown = str(attachment.get("type") or "?")[:40]
    return [], (f"a kind of attachment that is not known here: {shown}",)


def _files(media: list[Any], number: str) -> Iterator[RemoteFile]:
    for one in media[:4]:
        name, content_type, _sign = _KINDS[one["type"]]
        variants = [v for v in _dicts(_at(one, "video_info", "variants")) if v.get("content_type") == "video/mp4"]
        best = max(variants, key=lambda v: v["bitrate"] if isinstance(v.get("bitrate"), int) else 0, default=None)
        url = best.get("url") if best and one["type"] != "photo" else one.get("media_url_https")
        if isinstance(url, str) and re.match(r"https?://", url):
            if one["type"] == "photo" and url.lower().endswith(".png"):
                name, content_type = "photo.png", "image/png"
            yield RemoteFile(ref=url[:2000], name=name, content_type=content_type)


def _sender_of(event: Mapping[str, Any]) -> str:
    return _digits(_at(event, "message_create", "sender_id") or event.get("sender_id"))


def _digits(value: Any) -> str:
    """An id as text; "" for what is none."""
    shown = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return shown if shown.isascii() and shown.isdigit() and len(shown) <= 25 else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _moment(milliseconds: Any) -> datetime | None:
    shown = _digits(milliseconds)
    if not shown or not 0 < int(shown) < _LATEST:
        return None
    return datetime.fromtimestamp(int(shown) / 1000, UTC)


def _created(text: Any) -> datetime | None:
    try:
        return datetime.strptime(str(text), _CREATED)  # noqa: DTZ007 - the zone is in it
    except ValueError:
        return None
