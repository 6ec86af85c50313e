"""What people write publicly on a Facebook page: comments and visitors' posts, and our answers in public.

After the pages "Webhooks for pages: feed", "Comment: replies" and "Private replies".
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from django.utils.translation import gettext

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, News, OutgoingMessage, Parsed, Piece, Receipt
from hospes.channels.meta import dumps, moment, news_id, objects_at, words_at
from hospes.tickets.incoming import IncomingMessage, Person, RemoteFile

POSTS: Final = frozenset({"post", "status", "photo", "video", "share", "note"})
VERBS: Final = frozenset({"add", "edited", "edit", "remove"})
LONGEST: Final = 8000


def pieces(entry: Mapping[str, Any]) -> Iterator[Piece]:
    """One piece for each comment and each visitor's post that came, was changed or went; not for our own."""
    page = words_at(entry, "id")
    for change in objects_at(entry, "changes"):
        value = change.get("value")
        if words_at(change, "field") != "feed" or words_at(value, "verb") not in VERBS:
            continue
        about = id_of(value)
        if not about or words_at(value, "from", "id") == page:
            continue
        external_id = about if words_at(value, "verb") == "add" else news_id("comment", value)
        yield Piece(external_id, dumps({"what": "feed", "value": value}), {"account": page})


def id_of(value: Any) -> str:
    """A comment's id, or a visitor's post's with "post:" before it; "" for likes and the like."""
    item = words_at(value, "item")
    if item == "comment":
        return words_at(value, "comment_id")
    post = words_at(value, "post_id")
    return f"post:{post}" if item in POSTS and post else ""


def parse(value: Any) -> Parsed:
    """A public message, or news of one."""
    about, verb = id_of(value), words_at(value, "verb")
    person = words_at(value, "from", "id")
    at = moment(meta.at(value, "created_time"))
    if not about:
        return None
    if verb == "remove":
        return News("deleted", about, sender=f"messenger:{person}", at=at)
    if verb in {"edited", "edit"}:
        return News("edited", about, sender=f"messenger:{person}", text=words_at(value, "message"), at=at)
    return _comment(value, about, person or f"unknown-{about}", at)


def _comment(value: Any, about: str, person: str, at: Any) -> IncomingMessage:
    post = words_at(value, "post_id")
    files = tuple(
        RemoteFile(url, PurePosixPath(url.partition("?")[0]).name[-100:] or kind)
        for kind in ("photo", "video")
        if (url := words_at(value, kind)).startswith(("http://", "https://"))
    )
    text = words_at(value, "message")
    if not text:
        text = gettext("Picture") if files else gettext("A public message without words")
    permalink = words_at(value, "post", "permalink_url") or words_at(value, "permalink_url")
    parent = words_at(value, "parent_id")
    address = f"messenger:{person}"
    known = {"comment_id": about, "post_id": post, "parent_id": parent, "permalink": permalink}
    return IncomingMessage(
        message_id=about,
        sender=Person(address, words_at(value, "from", "name")),
        text=text,
        reply=text,
        in_reply_to=parent if parent != post else "",
        sent_at=at,
        authenticated=not person.startswith("unknown-"),
        identity="handle",
        thread_key=f"post:{post}:{person}"[:200],
        remote_files=files,
        extra={"public": True, **{name: told for name, told in known.items() if told}},
    )


def answer(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Answer below the comment, where anybody can read it. Raises ChannelError."""
    text = message.text.strip()
    if len(text) > LONGEST:
        raise ChannelError(gettext("A public answer is too long for Facebook."), permanent=True)
    body: dict[str, Any] = {"message": text}
    if len(message.files) > 1 or any(not file.content_type.startswith("image/") for file in message.files):
        raise ChannelError(gettext("A public answer takes one picture and no other files."), permanent=True)
    if message.file_urls:
        body["attachment_url"] = message.file_urls[0]
    about = message.answered_id.removeprefix("post:")
    if not about:
        raise ChannelError(gettext("The comment is not known any more."), permanent=True)
    said = meta.graph("POST", f"{meta.node(about)}/comments", credential, data=body)
    return Receipt(words_at(said, "id"))
