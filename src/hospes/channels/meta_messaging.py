"""Private messages on Messenger and Instagram: the events of both are one language.

After the pages "Messenger Platform: webhook events" (messages, message_echoes, messaging_postbacks, message_reactions,
message_reads, message_deliveries, message_edits, messaging_referrals) and "Instagram messaging: webhooks".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext

from hospes.channels.adapter import News, Parsed, Piece
from hospes.channels.meta import MEDIA, at, dumps, moment, news_id, objects_at, words_at
from hospes.tickets.incoming import IncomingMessage, Person, RemoteFile

#: By this in a message's metadata we know the echo of what we sent ourselves.
OURS: Final = "hospes"
FILES: Final = {
    "image": ".jpg",
    "video": ".mp4",
    "audio": ".mp4",
    "file": "",
    "sticker": ".png",
    "story_mention": ".jpg",
}
THUMBS: Final = frozenset({"369239263222822", "369239343222814", "369239383222810"})
EMOJI: Final = {
    "love": "❤", "like": "👍", "dislike": "👎", "smile": "😆", "laugh": "😆", "wow": "😮", "sad": "😢", "angry": "😠",
}  # fmt: skip
REFERRAL: Final = ("ref", "source", "type", "ad_id", "referer_uri")


def pieces(entry: Mapping[str, Any]) -> Iterator[Piece]:
    """One piece for each event, and one for each message of a delivery. What another app has the lead of ("standby")
    is heard as well: nothing that a customer says is lost."""
    account = words_at(entry, "id")
    for event in (*objects_at(entry, "messaging"), *objects_at(entry, "standby")):
        for part, external_id in _parts(event):
            envelope = {"account": account, "app": words_at(event, "message", "app_id")}
            yield Piece(external_id, dumps({"what": "event", "event": part}), envelope)


def _parts(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    mids = at(event, "delivery", "mids")
    if isinstance(mids, list):
        for mid in mids:
            part = {**event, "delivery": {**event["delivery"], "mids": [mid]}}
            yield part, news_id("delivery", str(mid))
        return
    own = words_at(event, "message", "mid") or words_at(event, "postback", "mid")
    if own and at(event, "message", "is_deleted") is not True:
        yield event, own
    elif any(isinstance(event.get(name), dict) for name in ("message", "postback", *NEWS)):
        yield event, news_id("event", event)


def parse(event: Any, kind: str) -> Parsed:
    """One event as a message or as news; None for what tells nothing to anybody."""
    if not isinstance(event, dict):
        return None
    message = event.get("message")
    person = words_at(event, "sender", "id")
    if isinstance(message, dict):
        if message.get("is_echo") is True:
            return _echo(event, message, kind)
        if message.get("is_deleted") is True:
            return News("deleted", words_at(message, "mid"), sender=f"{kind}:{person}", at=_when(event))
        return _message(event, message, kind)
    if isinstance(event.get("postback"), dict):
        return _postback(event, event["postback"], kind)
    for name, reader in NEWS.items():
        if isinstance(event.get(name), dict):
            return reader(event, event[name], f"{kind}:{person}")
    return None


def _when(event: dict[str, Any]) -> Any:
    return moment(event.get("timestamp"), thousandths=True)


# Messages -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Content:
    """What a message says, gathered from its parts."""

    lines: list[str] = field(default_factory=list)
    files: list[RemoteFile] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)


def _message(event: dict[str, Any], message: dict[str, Any], kind: str) -> IncomingMessage:
    content = content_of(message)
    extra = {**content.extra, **_referral(message, event)}
    pressed = words_at(message, "quick_reply", "payload")
    if pressed:
        extra["pressed"] = pressed
    text = "\n".join(line for line in content.lines if line)
    return _incoming(event, kind, words_at(message, "mid"), text, content, extra, words_at(message, "reply_to", "mid"))


def _postback(event: dict[str, Any], postback: dict[str, Any], kind: str) -> IncomingMessage | None:
    """A button that they pressed says its title."""
    content = Content(extra={"pressed": words_at(postback, "payload")})
    text = words_at(postback, "title")
    if not text:
        return None
    mid = words_at(postback, "mid") or news_id("postback", event)
    return _incoming(event, kind, mid, text, content, {**content.extra, **_referral(postback, event)}, "")


def _incoming(
    event: dict[str, Any], kind: str, mid: str, text: str, content: Content, extra: dict[str, Any], answers: str
) -> IncomingMessage:
    person = words_at(event, "sender", "id")
    address = f"{kind}:{person}" if person else ""
    return IncomingMessage(
        message_id=mid,
        sender=Person(address),
        text=text,
        reply=text,
        in_reply_to=answers,
        sent_at=_when(event),
        authenticated=bool(person),
        identity="handle",
        thread_key=address,
        remote_files=tuple(content.files),
        defects=tuple(content.defects),
        extra=extra,
        ask="name" if person else "",
    )


def content_of(message: dict[str, Any]) -> Content:
    """Text, files, links and what they belong to. What we do not know is said to be so: nothing comes in unseen."""
    content = Content()
    story = words_at(message, "reply_to", "story", "url")
    if at(message, "reply_to", "story") is not None:
        content.extra["story"] = {"url": story, "id": words_at(message, "reply_to", "story", "id")}
        content.lines.append(f"[{gettext('Answer to your story')}]")
    text = words_at(message, "text")
    content.lines.append(text)
    for attachment in objects_at(message, "attachments"):
        _attached(attachment, content, text)
    if not any(content.lines) or message.get("is_unsupported") is True:
        kinds = [words_at(one, "type") for one in objects_at(message, "attachments")]
        exact = next((name for name in kinds if name), "unsupported")
        words = gettext("A message of a kind that cannot be shown here (%(kind)s). Ask for it in words.")
        content.lines.append(words % {"kind": exact})
        content.defects.append(f"unknown kind: {exact}"[:200])
    return content


def _attached(attachment: dict[str, Any], content: Content, text: str) -> None:
    kind, url = words_at(attachment, "type"), words_at(attachment, "payload", "url")
    if words_at(attachment, "payload", "sticker_id") in THUMBS:
        content.lines.append("👍")
    elif kind in FILES and url.startswith(("http://", "https://")):
        content.files.append(RemoteFile(url, _name(url, kind)))
        if kind == "story_mention":
            content.lines.append(gettext("Mentioned you in a story"))
        elif not text:
            content.lines.append(str(MEDIA[kind]))
    elif kind == "location":
        point = [at(attachment, "payload", "coordinates", name) for name in ("lat", "long")]
        told = ", ".join(str(number)[:20] for number in point if isinstance(number, int | float))
        content.lines.append(" ".join(word for word in (gettext("Location"), told) if word))
    else:  # shared posts, reels, links
        title = words_at(attachment, "title") or words_at(attachment, "payload", "title")
        link = url or words_at(attachment, "url")
        content.lines += [line for line in (title, link) if line and line not in text]


def _name(url: str, kind: str) -> str:
    try:
        name = PurePosixPath(urlsplit(url).path).name
    except ValueError:
        name = ""
    return name if "." in name and len(name) <= 100 else f"{kind}{FILES[kind]}"


def _referral(*places: dict[str, Any]) -> dict[str, Any]:
    """The advertisement or link that the talk began with."""
    for place in places:
        told = {name: words for name in REFERRAL if (words := words_at(place, "referral", name))}
        title = words_at(place, "referral", "ads_context_data", "ad_title")
        if told or title:
            return {"referral": {**told, **({"headline": title} if title else {})}}
    return {}


# News ---------------------------------------------------------------------------------------------


def _echo(event: dict[str, Any], message: dict[str, Any], kind: str) -> News | None:
    """What was sent in our name by another program. Our own messages carry our mark."""
    person = words_at(event, "recipient", "id")
    if words_at(message, "metadata").startswith(OURS) or not person or message.get("is_deleted") is True:
        return None
    text = "\n".join(line for line in content_of(message).lines if line)
    address = f"{kind}:{person}"
    mid = words_at(message, "mid")
    return News("elsewhere", mid, sender=address, text=text, at=_when(event), thread_key=address)


def _reaction(event: dict[str, Any], told: dict[str, Any], person: str) -> News | None:
    mid = words_at(told, "mid")
    emoji = words_at(told, "emoji") or EMOJI.get(words_at(told, "reaction"), "👍")
    text = "" if words_at(told, "action") == "unreact" else emoji
    return News("reaction", mid, sender=person, text=text, at=_when(event)) if mid else None


def _read(event: dict[str, Any], told: dict[str, Any], person: str) -> News | None:
    """Messenger tells up to when they have read, Instagram which message."""
    until = moment(told.get("watermark"), thousandths=True)
    if until is not None:
        return News("read", sender=person, until=until, at=_when(event), thread_key=person)
    mid = words_at(told, "mid")
    return News("read", mid, at=_when(event)) if mid else None


def _delivered(event: dict[str, Any], told: dict[str, Any], person: str) -> News | None:
    mids = told.get("mids")
    mid = mids[0] if isinstance(mids, list) and mids and isinstance(mids[0], str) else ""
    moment_told = moment(told.get("watermark"), thousandths=True) or _when(event)
    return News("delivered", mid, at=moment_told) if mid else None


def _edited(event: dict[str, Any], told: dict[str, Any], person: str) -> News | None:
    mid = words_at(told, "mid")
    return News("edited", mid, sender=person, text=words_at(told, "text"), at=_when(event)) if mid else None


NEWS: Final = {
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivered,
    "message_edit": _edited,
}
