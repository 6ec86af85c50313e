"""Answers on their way to a Viber user (Viber Bot API: Send a Message, Message Data Model, Keyboards).

Viber fetches files from us by their addresses. What arrived of a long answer is remembered with its token, so that
trying again goes on where it stopped.
"""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Receipt
from hospes.channels.cutting import cut
from hospes.channels.viber import api
from hospes.core.html_text import words

TEXT: Final = 7000
CAPTION: Final = 768
NAME: Final = 28
PICTURE_BYTES: Final = 1024 * 1024  # what every phone takes
VIDEO_BYTES: Final = 26 * 1024 * 1024
FILE_BYTES: Final = 50 * 1024 * 1024
_PICTURES: Final = (".jpeg", ".jpg", ".png", ".gif")
# What Viber refuses by its name (Message Data Model: Forbidden File Formats).
FORBIDDEN: Final = words(
    "action apk app bat bin cmd com command cpl csh exe gadget inf1 ins inx ipa isu job jse ksh lnk msc msi msp mst osx"
    " out paf pif ps1 reg rgs run sct shb shs u3p vb vbe vbs vbscript workflow ws wsf"
)


def send(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Send every part that has not arrived yet. Raises ChannelError, which names those that have."""
    if not message.recipient.startswith(api.PREFIX):
        raise ChannelError(f"“{message.recipient}” is no Viber user.", permanent=True)
    arrived = dict(done.split("=", 1) for done in message.done_recipients if "=" in done)
    bodies = bodies_of(message)
    if not bodies:
        raise ChannelError("There is nothing in this message.", permanent=True)
    around = {"receiver": message.recipient.removeprefix(api.PREFIX), "sender": sender_of(message, credential)}
    for number, body in enumerate(bodies, 1):
        if f"part{number}" not in arrived:
            try:
                token = api.call("send_message", credential, {**around, **body}).get("message_token", "")
            except ChannelError as error:
                error.recipients_done = tuple(f"{name}={value}" for name, value in arrived.items())
                raise
            arrived[f"part{number}"] = str(token)
    return Receipt(provider_id=" ".join(arrived[f"part{n}"] for n in range(1, len(bodies) + 1)))


def sender_of(message: OutgoingMessage, credential: Mapping[str, Any]) -> dict[str, str]:
    """As whom the customer sees us: the bot's name from the settings, else whoever writes."""
    name = str(credential.get("sender_name") or message.sender[0] or "Support")[:NAME]
    avatar = str(credential.get("avatar") or "")
    return {"name": name, **({"avatar": avatar} if avatar else {})}


def bodies_of(message: OutgoingMessage) -> list[dict[str, Any]]:
    """The messages that an answer takes, always the same ones in the same order. Raises ChannelError."""
    texts = cut(message.text, limit=TEXT, length=_length)
    files = [_file(file, url) for file, url in zip(message.files, message.file_urls, strict=False)]
    keyboard = _keyboard(message)
    if len(files) == 1 and files[0]["type"] == "picture" and len(texts) == 1 and len(texts[0]) <= CAPTION:
        return [{**files[0], "text": texts[0], **keyboard}]
    bodies = [{"type": "text", "text": text} for text in texts] + files
    at = max(len(texts) - 1, 0)
    return [{**body, **(keyboard if n == at else {})} for n, body in enumerate(bodies)]


def _length(text: str) -> int:
    """Characters, and more where they take many bytes: a whole message may have 30 kB."""
    return max(len(text), -(-len(text.encode("utf-8", "replace")) // 3))


def _file(file: OutgoingFile, url: str) -> dict[str, Any]:
    size, kind = len(file.content), file.content_type.partition(";")[0].strip().lower()
    suffix = file.name.rpartition(".")[2].lower() if "." in file.name else ""
    if suffix in FORBIDDEN:
        raise ChannelError(f"Viber takes no files of the kind “.{suffix}” ({file.name}).", permanent=True)
    if size > FILE_BYTES:
        raise ChannelError(f"{file.name} is larger than the 50 MB that Viber takes.", permanent=True)
    path = url.partition("?")[0].lower()
    if kind in {"image/jpeg", "image/png"} and size <= PICTURE_BYTES and path.endswith(_PICTURES):
        return {"type": "picture", "text": "", "media": url}
    if kind == "video/mp4" and size <= VIDEO_BYTES and path.endswith(".mp4"):
        return {"type": "video", "media": url, "size": size}
    return {"type": "file", "media": url, "size": size, "file_name": (file.name or "file")[-256:]}


def _keyboard(message: OutgoingMessage) -> dict[str, Any]:
    """Ready answers below the talk; a pressed one comes back as words of the customer's."""
    labels = [str(label)[:80] for label in message.extra.get("buttons") or () if str(label).strip()]
    if not labels:
        return {}
    columns = 3 if all(len(label) <= 16 for label in labels) and len(labels) % 2 == 0 else 6
    buttons = [
        {"Columns": columns, "Rows": 1, "ActionType": "reply", "ActionBody": label, "Text": escape(label)}
        for label in labels
    ]
    return {"keyboard": {"Type": "keyboard", "DefaultHeight": False, "Buttons": buttons}}
