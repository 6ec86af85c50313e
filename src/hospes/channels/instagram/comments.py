"""What people write publicly on Instagram: comments below our pictures, mentions of us below others', and our answers.

After the pages "Instagram platform: webhooks" (examples: comments, live_comments, mentions), "IG comment: replies",
"IG user: mentions", "mentioned_comment", "mentioned_media" and "Private replies".
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from django.utils.translation import gettext

from hospes.channels import meta
from hospes.channels.adapter import ChannelError, OutgoingMessage, Parsed, Piece, Receipt
from hospes.channels.meta import at, dumps, moment, objects_at, words_at
from hospes.tickets.incoming import IncomingMessage, Person

FIELDS: Final = frozenset({"comments", "live_comments", "mentions"})


def pieces(entry: Mapping[str, Any]) -> Iterator[Piece]:
    """One piece for each comment and mention; not for our own. Some apps get the change in the entry itself."""
    account = words_at(entry, "id")
    changes = [*objects_at(entry, "changes"), *([dict(entry)] if "field" in entry else [])]
    for change in changes:
        value, kind = change.get("value"), words_at(change, "field")
        about = id_of(kind, value)
        person = words_at(value, "from", "id")
        own = person == account or words_at(value, "from", "self_ig_scoped_id")
        if about and not (person and own):
            part = {"what": "change", "field": kind, "value": value, "time": entry.get("time")}
            yield Piece(about[:200], dumps(part), {"account": account})


def id_of(kind: str, value: Any) -> str:
    """A comment's id; a mention is known by where it is: "mention:media:comment"."""
    if kind == "mentions":
        media = words_at(value, "media_id")
        return f"mention:{media}:{words_at(value, 'comment_id')}" if media else ""
    return words_at(value, "id") if kind in FIELDS else ""


def parse(part: Mapping[str, Any]) -> Parsed:
    """A public message. What a mention says is not told; it is asked for (`complete`)."""
    kind, value = words_at(part, "field"), part.get("value")
    about = id_of(kind, value)
    if not about:
        return None
    sent_at = moment(part.get("time"), thousandths=len(str(part.get("time"))) > 11)
    if kind == "mentions":
        address, text = f"instagram:{about}"[:200], gettext("Mentioned you on Instagram")
        extra: dict[str, Any] = {"public": True, "comment_id": about, "post_id": words_at(value, "media_id")}
        return IncomingMessage(
            about, Person(address), text=text, reply=text, sent_at=sent_at, identity="handle", thread_key=address,
            extra=extra, ask="details",
        )  # fmt: skip
    return _comment(value, about, sent_at)


def _comment(value: Any, about: str, sent_at: Any) -> IncomingMessage:
    person = words_at(value, "from", "id") or f"unknown-{about}"
    media = words_at(value, "media", "id")
    text = words_at(value, "text") or gettext("A public message without words")
    known = {
        "comment_id": about,
        "post_id": media,
        "parent_id": words_at(value, "parent_id"),
        "where": words_at(value, "media", "media_product_type"),
        "advertisement": words_at(value, "media", "ad_title"),
    }
    return IncomingMessage(
        message_id=about,
        sender=Person(f"instagram:{person}", words_at(value, "from", "username")),
        text=text,
        reply=text,
        in_reply_to=words_at(value, "parent_id"),
        sent_at=sent_at,
        authenticated=not person.startswith("unknown-"),
        identity="handle",
        thread_key=f"post:{media}:{person}"[:200],
        extra={"public": True, **{name: told for name, told in known.items() if told}},
        ask="details" if media else "",
    )


def complete(incoming: IncomingMessage, credential: Mapping[str, Any]) -> IncomingMessage:
    """What a mention says and who wrote it; where a comment stands. Raises ChannelError."""
    media = str(incoming.extra.get("post_id") or "")
    if incoming.message_id.startswith("mention:"):
        return _mention(incoming, media, incoming.message_id.rpartition(":")[2], credential)
    try:
        told = meta.graph("GET", f"{meta.node(media)}?fields=permalink", credential, timeout=8.0)
    except ChannelError:  # the link is a courtesy; the comment comes without it
        return incoming
    permalink = words_at(told, "permalink")
    return replace(incoming, extra={**incoming.extra, "permalink": permalink}) if permalink else incoming


def _mention(incoming: IncomingMessage, media: str, comment: str, credential: Mapping[str, Any]) -> IncomingMessage:
    if comment:
        fields = f"mentioned_comment.comment_id({comment}){{text,username,timestamp,media{{permalink}}}}"
        name, words = "mentioned_comment", "text"
    else:
        fields = f"mentioned_media.media_id({media}){{caption,username,permalink}}"
        name, words = "mentioned_media", "caption"
    told = meta.graph("GET", f"{credential.get('account_id', '')}?fields={quote(fields)}", credential)
    found = at(told, name)
    text, username = words_at(found, words) or incoming.text, words_at(found, "username")
    permalink = words_at(found, "permalink") or words_at(found, "media", "permalink")
    if not username:
        return replace(incoming, text=text, reply=text)
    address = f"instagram:name={username}"  # the person's number is not told
    extra = {**incoming.extra, **({"permalink": permalink} if permalink else {})}
    thread = f"post:{media}:name={username}"[:200]
    return replace(incoming, sender=Person(address, username), text=text, reply=text, thread_key=thread, extra=extra)


def answer(message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
    """Answer below the comment, where anybody can read it. Raises ChannelError."""
    text, about = message.text.strip(), message.answered_id
    if message.files:
        raise ChannelError(gettext("A public answer on Instagram takes no files."), permanent=True)
    if not about:
        raise ChannelError(gettext("The comment is not known any more."), permanent=True)
    if about.startswith("mention:"):
        _kind, media, comment = (*about.split(":", 2), "", "")[:3]
        body = {"media_id": media, **({"comment_id": comment} if comment else {}), "message": text}
        said = meta.graph("POST", f"{credential.get('account_id', '')}/mentions", credential, data=body)
    else:
        said = meta.graph("POST", f"{meta.node(about)}/replies", credential, data={"message": text})
    return Receipt(words_at(said, "id"))
