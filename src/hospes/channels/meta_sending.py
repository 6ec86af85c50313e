"""What we say on Messenger and Instagram by the Send API: its window, its one private answer to a comment, its parts.

After the pages "Send API", "Messaging windows and message tags" (HUMAN_AGENT), "Quick replies", "Private replies",
"Sender actions" (typing shows for 20 seconds or until the answer).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Receipt, Talk
from hospes.channels.meta_messaging import OURS

WINDOW: Final = timedelta(hours=24)
#: Within this, people may answer with a tag; machines may not.
PEOPLE: Final = timedelta(days=7)
CHOICES, CHOICE_TITLE = 13, 20
TYPING_LASTS: Final = 20


@dataclass(frozen=True, slots=True)
class Manner:
    """How one of the two channels wants it. `path` is where messages go; `kinds` are the largest files by kind."""

    path: str
    characters: int
    in_bytes: bool
    typed: bool  # messaging_type with every message
    marked: bool  # our mark in the metadata
    kinds: Mapping[str, int]


def send(message: OutgoingMessage, credential: Mapping[str, Any], manner: Manner) -> Receipt:
    """Send a private message in as many parts as it takes. Raises ChannelError."""
    said = bodies(message, manner)
    if message.extra.get("private") and message.extra.get("comment_id"):
        if len(said) > 1:
            words = gettext("A private answer to a comment is one short message without files. Make it shorter.")
            raise ChannelError(words, permanent=True)
        recipient = _about(str(message.extra["comment_id"]))
        steps: list[Callable[[], str]] = [partial(_post, {"recipient": recipient, **said[0]}, credential, manner)]
    else:
        person = message.recipient.partition(":")[2]
        steps = [partial(_to_person, person, body, message, credential, manner) for body in said]
    return meta.in_steps(steps, message.done_recipients)


def _about(comment_id: str) -> dict[str, str]:
    """A private answer goes to a comment, or to a post that a visitor wrote."""
    kind, _colon, post_id = comment_id.partition(":")
    return {"post_id": post_id} if kind == "post" else {"comment_id": comment_id}


def bodies(message: OutgoingMessage, manner: Manner) -> list[dict[str, Any]]:
    """The message's parts: text, the last with what can be pressed, then the files. Raises ChannelError."""
    text = message.text.strip()
    titles = [str(title) for title in message.extra.get("buttons") or []]
    pressable = bool(titles and text) and len(titles) <= CHOICES and max(map(len, titles)) <= CHOICE_TITLE
    if titles and not pressable:
        text += "\n\n" + "\n".join(f"{number}. {title}" for number, title in enumerate(titles, 1))
    found: list[dict[str, Any]] = [
        {"text": part} for part in meta.parts(text, manner.characters, in_bytes=manner.in_bytes)
    ]
    if pressable:
        found[-1]["quick_replies"] = [
            {"content_type": "text", "title": title, "payload": f"choice-{number}"}
            for number, title in enumerate(titles, 1)
        ]
    for file, url in zip(message.files, message.file_urls, strict=True):
        payload: dict[str, Any] = {"url": url, "is_reusable": False} if manner.typed else {"url": url}
        found.append({"attachment": {"type": kind_of(file, manner), "payload": payload}})
    if not found:
        raise ChannelError("There is nothing to send.", permanent=True)
    if manner.marked:
        found = [{**body, "metadata": f"{OURS} {message.number}"} for body in found]
    return [{"message": body} for body in found]


def kind_of(file: OutgoingFile, manner: Manner) -> str:
    """image, video, audio or file. Raises ChannelError for what the channel does not take."""
    kind = file.content_type.partition("/")[0].strip().lower()
    kind = kind if kind in {"image", "video", "audio"} else "file"
    limit = manner.kinds.get(kind, 0)
    if kind == "file" and manner.kinds.get(file.content_type.partition(";")[0].strip().lower()):
        limit = manner.kinds[file.content_type.partition(";")[0].strip().lower()]
    if not limit:
        words = gettext("This channel takes no files of this kind: %(name)s.")
    elif len(file.content) > limit:
        words = gettext("This file is too large for the channel: %(name)s.")
    else:
        return kind
    raise ChannelError(words % {"name": file.name}, permanent=True)


def _to_person(
    person: str, body: Mapping[str, Any], message: OutgoingMessage, credential: Mapping[str, Any], manner: Manner
) -> str:
    """Within a day as an answer, later as a person's; when the provider's clock says otherwise than ours, likewise."""
    late = message.answered_at is not None and message.at - message.answered_at > WINDOW
    whole: dict[str, Any] = {"recipient": {"id": person}}
    tagged = {**whole, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", **body}
    if late and not message.automatic:
        return _post(tagged, credential, manner)
    try:
        return _post({**whole, **({"messaging_type": "RESPONSE"} if manner.typed else {}), **body}, credential, manner)
    except meta.GraphError as error:
        if error.subcode in meta.OUTSIDE_WINDOW and not message.automatic:
            return _post(tagged, credential, manner)
        raise


def act(action: str, talk: Talk, path: str, credential: Mapping[str, Any]) -> None:
    """Show the person mark_seen, typing_on or typing_off: such a request says nothing else. Raises ChannelError."""
    told = {"recipient": {"id": talk.address.partition(":")[2]}, "sender_action": action}
    meta.graph("POST", path, credential, data=told, timeout=5.0)


def _post(body: Mapping[str, Any], credential: Mapping[str, Any], manner: Manner) -> str:
    said = meta.graph("POST", manner.path, credential, data=body)
    return meta.words_at(said, "message_id")
