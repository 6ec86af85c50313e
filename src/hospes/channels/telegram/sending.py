"""Answers on their way to a Telegram chat (Telegram Bot API: sendMessage, sendPhoto, sendDocument and the like).

A long answer and its files are several messages. Each that arrived is remembered with its id, so that trying again
goes on where it stopped; Telegram knows no key by which it would refuse the same message twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Receipt
from hospes.channels.telegram import api
from hospes.channels.telegram.entities import units
from hospes.channels.telegram.markup import CAPTION, Part, parts_of

PHOTO_BYTES: Final = 10 * 1024 * 1024
FILE_BYTES: Final = 50 * 1024 * 1024
# content type: (method, name of the file's field)
_METHODS: Final = {
    "image/jpeg": ("sendPhoto", "photo"),
    "image/png": ("sendPhoto", "photo"),
    "image/gif": ("sendAnimation", "animation"),
    "video/mp4": ("sendVideo", "video"),
    "audio/mpeg": ("sendAudio", "audio"),
    "audio/mp4": ("sendAudio", "audio"),
    "audio/ogg": ("sendVoice", "voice"),
}
BUTTON_LABEL: Final = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One message to send: words, or a file with or without words below it."""

    part: Part | None = None
    file: OutgoingFile | None = None
    last: bool = False


def steps_of(message: OutgoingMessage) -> list[Step]:
    """The messages that an answer takes, always the same ones in the same order."""
    parts = parts_of(message.html, message.text)
    files = list(message.files)
    if len(files) == 1 and len(parts) == 1 and units(parts[0].plain) <= CAPTION and not files[0].inline:
        return [Step(parts[0], files[0], last=True)]
    steps = [Step(part) for part in parts] + [Step(file=file) for file in files]
    buttons_at = len(parts) - 1 if parts else len(steps) - 1
    return [Step(s.part, s.file, last=i == buttons_at) for i, s in enumerate(steps)]


def send(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Send every step that has not arrived yet. Raises ChannelError, which names those that have."""
    chat = message.recipient.removeprefix(api.PREFIX)
    if not chat.lstrip("-").isdigit():
        raise ChannelError(f"“{message.recipient}” is no Telegram chat.", permanent=True)
    arrived = dict(done.split("=", 1) for done in message.done_recipients if "=" in done)
    ids = []
    for number, step in enumerate(steps_of(message), 1):
        key = f"part{number}"
        if key not in arrived:
            try:
                arrived[key] = _send_step(step, chat, message, credential, first=number == 1)
            except ChannelError as error:
                error.recipients_done = tuple(f"{name}={value}" for name, value in arrived.items())
                raise
        ids.append(arrived[key])
    if not ids:
        raise ChannelError("There is nothing in this message.", permanent=True)
    return Receipt(provider_id=" ".join(ids))


def _send_step(step: Step, chat: str, message: OutgoingMessage, credential: Mapping[str, Any], *, first: bool) -> str:
    around: dict[str, Any] = {"chat_id": int(chat)}
    answered = message.answered_id.rpartition(":")
    if first and answered[0] == chat and answered[2].isdigit():
        around["reply_parameters"] = {"message_id": int(answered[2]), "allow_sending_without_reply": True}
    if step.last and (keyboard := _keyboard(message)):
        around["reply_markup"] = keyboard
    sent = _send_file(step, around, credential) if step.file else _send_text(step.part, around, credential)
    message_id = sent.get("message_id") if isinstance(sent, dict) else None
    return f"{chat}:{message_id}"


def _send_text(part: Part | None, around: Mapping[str, Any], credential: Mapping[str, Any]) -> Any:
    assert part is not None
    if part.html:
        try:
            return api.call("sendMessage", credential, {**around, "text": part.html, "parse_mode": "HTML"})
        except ChannelError as error:
            if "can't parse entities" not in error.words:
                raise
    return api.call("sendMessage", credential, {**around, "text": part.plain})


def _send_file(step: Step, around: Mapping[str, Any], credential: Mapping[str, Any]) -> Any:
    file = step.file
    assert file is not None
    if len(file.content) > FILE_BYTES:
        raise ChannelError(f"{file.name} is larger than the 50 MB that Telegram takes from bots.", permanent=True)
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in around.items()}
    if step.part:
        form["caption"] = step.part.html or step.part.plain
        if step.part.html:
            form["parse_mode"] = "HTML"
    kind = file.content_type.partition(";")[0].strip().lower()
    method, name = _METHODS.get(kind, ("sendDocument", "document"))
    if method == "sendPhoto" and len(file.content) > PHOTO_BYTES:
        method, name = "sendDocument", "document"
    upload = (file.name or "file", kind or "application/octet-stream", file.content)
    try:
        return api.call(method, credential, form, files={name: upload})
    except ChannelError as error:
        if not error.permanent or not error.words.startswith("400") or method == "sendDocument":
            raise
        # A picture of odd measures, a film in another coding: it still goes as a file.
        if step.part and "can't parse entities" in error.words:
            form["caption"] = step.part.plain
            form.pop("parse_mode", None)
        return api.call("sendDocument", credential, form, files={"document": upload})


def _keyboard(message: OutgoingMessage) -> dict[str, Any] | None:
    """Ready answers to press, two in a row where they are short. What comes back is the button's number; its label is
    read from the message that Telegram sends along."""
    labels = [str(b)[:BUTTON_LABEL] for b in message.extra.get("buttons") or () if str(b).strip()]
    if not labels:
        return None
    width = 2 if all(len(label) <= 16 for label in labels) else 1
    buttons = [{"text": label, "callback_data": f"button:{n}"} for n, label in enumerate(labels, 1)]
    return {"inline_keyboard": [buttons[i : i + width] for i in range(0, len(buttons), width)]}
