"""Answers on their way to X: private messages and public replies (X API v2: Manage Direct Messages, Posts, Media).

A public answer that is longer than a post is a thread. What arrived, and which files X has already, is remembered with
its id, so that trying again goes on where it stopped: X takes some time over films.
"""

from collections.abc import Mapping
from typing import Any, Final

from hospes.channels.adapter import ChannelError, OutgoingFile, OutgoingMessage, Receipt
from hospes.channels.cutting import cut
from hospes.channels.x import api
from hospes.channels.x.counting import thread

PRIVATE: Final = 10_000
MOST_POSTS: Final = 10
MB: Final = 1024 * 1024
CHUNK: Final = 4 * MB
# content type: (what X calls it, its largest size)
TYPES: Final = {
    "image/jpeg": ("image", 5 * MB),
    "image/png": ("image", 5 * MB),
    "image/webp": ("image", 5 * MB),
    "image/gif": ("gif", 15 * MB),
    "video/mp4": ("video", 512 * MB),
}
PICTURES: Final = 4  # of a public post


def send(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Send every part that has not arrived yet. Raises ChannelError, which names those that have."""
    person = message.recipient.removeprefix(api.PREFIX)
    if not person.isdigit():
        raise ChannelError(f"“{message.recipient}” is no account at X.", permanent=True)
    public = bool(message.extra.get("public"))
    bodies = _posts(message) if public else _messages(message)
    if not bodies:
        raise ChannelError("There is nothing in this message.", permanent=True)
    done = dict(one.split("=", 1) for one in message.done_recipients if "=" in one)
    before = message.answered_id
    try:
        for number, (text, files) in enumerate(bodies, 1):
            key = f"part{number}"
            if key not in done:
                media = [_uploaded(file, index, public, credential, done) for index, file in files]
                done[key] = _post(text, media, before, credential) if public else _say(text, media, person, credential)
            before = done[key]
    except ChannelError as error:
        error.recipients_done = tuple(f"{name}={value}" for name, value in done.items())
        raise
    return Receipt(provider_id=" ".join(done[f"part{n}"] for n in range(1, len(bodies) + 1)))


_Body = tuple[str, list[tuple[int, OutgoingFile]]]


def _posts(message: OutgoingMessage) -> list[_Body]:
    """The thread; files are at its first post. Raises ChannelError."""
    if not message.answered_id:
        raise ChannelError("There is no post to answer.", permanent=True)
    texts = thread(message.text) or ([""] if message.files else [])
    if len(texts) > MOST_POSTS:
        raise ChannelError("This is too long for a public answer. Answer privately, or send a link.", permanent=True)
    files = list(enumerate(message.files))
    kinds = [_kind(file)[0] for file in message.files]
    if len(files) > PICTURES or (len(files) > 1 and set(kinds) != {"image"}):
        raise ChannelError("A post takes up to four pictures, or one film.", permanent=True)
    return [(text, files if n == 0 else []) for n, text in enumerate(texts)]


def _messages(message: OutgoingMessage) -> list[_Body]:
    """Private messages: one file each. Raises ChannelError for a file that X does not take."""
    texts = cut(message.text, limit=PRIVATE)
    files = list(enumerate(message.files))
    for _index, file in files:
        _kind(file)
    bodies: list[_Body] = [(text, []) for text in texts]
    for at, one in enumerate(files):
        if at == 0 and bodies:
            bodies[-1] = (bodies[-1][0], [one])
        else:
            bodies.append(("", [one]))
    return bodies


def _kind(file: OutgoingFile) -> tuple[str, str]:
    """(what X calls it, content type). Raises ChannelError."""
    content_type = file.content_type.partition(";")[0].strip().lower()
    known = TYPES.get(content_type)
    if known is None:
        raise ChannelError(f"X takes pictures and films only, not {file.name}. Send a link.", permanent=True)
    if len(file.content) > known[1]:
        raise ChannelError(f"{file.name} is larger than the {known[1] // MB} MB that X takes.", permanent=True)
    return known[0], content_type


def _say(text: str, media: list[str], person: str, credential: Mapping[str, Any]) -> str:
    body = {**({"text": text} if text else {}), **({"attachments": [{"media_id": m} for m in media]} if media else {})}
    told = api.call("POST", f"/2/dm_conversations/with/{person}/messages", credential, data=body)
    return str(told.get("dm_event_id") or "")


def _post(text: str, media: list[str], before: str, credential: Mapping[str, Any]) -> str:
    body: dict[str, Any] = {"text": text, "reply": {"in_reply_to_tweet_id": before}}
    if media:
        body["media"] = {"media_ids": media}
    return str(api.call("POST", "/2/tweets", credential, data=body).get("id") or "")


def _uploaded(file: OutgoingFile, index: int, public: bool, credential: Mapping[str, Any], done: dict[str, str]) -> str:
    """X's id of a file, given to it once; a film that X still works on is waited for, outside. Raises ChannelError."""
    kind, content_type = _kind(file)
    category, key = f"{'tweet' if public else 'dm'}_{kind}", f"file{index}"
    upload = (file.name or "file", content_type, file.content)
    if key not in done and kind == "image":
        form = {"media_category": category, "media_type": content_type}
        told = api.call("POST", "/2/media/upload", credential, form=form, files={"media": upload})
        done[key] = str(told.get("id") or "")
        return done[key]
    if key not in done:
        done[key] = _in_chunks(file, content_type, category, credential)
    if kind != "image":
        _until_ready(done[key], credential)
    return done[key]


def _in_chunks(file: OutgoingFile, content_type: str, category: str, credential: Mapping[str, Any]) -> str:
    wish = {"media_type": content_type, "total_bytes": len(file.content), "media_category": category}
    number = str(api.call("POST", "/2/media/upload/initialize", credential, data=wish).get("id") or "")
    for segment, start in enumerate(range(0, len(file.content), CHUNK)):
        piece = (file.name or "file", "application/octet-stream", file.content[start : start + CHUNK])
        form = {"segment_index": str(segment)}
        api.call("POST", f"/2/media/upload/{number}/append", credential, form=form, files={"media": piece})
    api.call("POST", f"/2/media/upload/{number}/finalize", credential)
    return number


def _until_ready(number: str, credential: Mapping[str, Any]) -> None:
    """Raises ChannelError, for later, while X still works on a film, and for good when it cannot use it."""
    told = api.call("GET", f"/2/media/upload?command=STATUS&media_id={number}", credential)
    about = told.get("processing_info")
    state = about.get("state") if isinstance(about, dict) else "succeeded"
    if state == "failed":
        raise ChannelError("X cannot use this film.", permanent=True)
    if state in {"pending", "in_progress"}:
        wait = about.get("check_after_secs") if isinstance(about, dict) else None
        seconds = float(wait) if isinstance(wait, int | float) and 0 < wait < 600 else 5.0
        raise ChannelError("X still works on the film.", permanent=False, retry_after=seconds)
