"""The talk as the screen wants it: messages in order, with what changed between them folded into lines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

from django.utils.html import escape, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hospes.core.models import EventRow
from hospes.desk.shapes.changes import Names, line_of
from hospes.desk.shapes.marks import Marks, is_talk, marks_of
from hospes.tickets.models import Attachment, Message

MAX_LINKED = 20_000
SAFE_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
# Mail that says no more than its text is shown as text: no frame to load, and it reads better.
_RICH = re.compile(r"<(img|table|ul|ol|h[1-6]|blockquote|b|strong|em|i|u|a|pre|font|hr)\b", re.IGNORECASE)
_REMOTE = re.compile(r"<img\b[^>]*\bdata-remote-src=", re.IGNORECASE)
_QUOTE = re.compile(r"<blockquote\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as a chip; `picture` only for kinds that cannot carry code."""

    token: str
    name: str
    size: int
    picture: bool
    icon: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what changed."""

    id: int
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A message, ready to print."""

    id: str
    stamp: str
    message: Message
    look: str
    framed: bool
    remote_images: bool
    body: SafeString
    quoted: SafeString
    signature: SafeString
    files: tuple[File, ...] = ()
    receivers: str = ""
    copies: str = ""
    warnings: tuple[str, ...] = ()
    marks: Marks | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """What changed between two messages; `stamp` changes when it has to be drawn again."""

    changes: tuple[Change, ...]

    @property
    def id(self) -> str:
        """Named after its first change, so that it stays the same while it grows."""
        return f"c{self.changes[0].id}"

    @property
    def stamp(self) -> str:
        """Named after its last."""
        return str(self.changes[-1].id)


def plain(text: str) -> SafeString:
    """Typed text as HTML: escaped, with links that open elsewhere and tell nothing of us."""
    if len(text) > MAX_LINKED:
        return mark_safe(escape(text))
    linked = urlize(text, nofollow=True, autoescape=True)
    return mark_safe(
        linked.replace("<a href", '<a target="_blank" href').replace("nofollow", "nofollow noopener noreferrer")
    )


def file_of(attachment: Attachment) -> File:
    """An attachment as a chip."""
    picture = attachment.content_type in SAFE_IMAGES and attachment.size < 10_000_000
    kind = "image" if picture else "file-text" if attachment.content_type.startswith("text/") else "file"
    return File(attachment.token, attachment.name, attachment.size, picture, kind)


def quote_starts(html: str) -> int | None:
    """Where the quoted history of a mail's HTML begins: at its first block quote, unless nothing stands before it."""
    found = _QUOTE.search(html)
    if found is None or not re.sub(r"<[^>]*>|&nbsp;|\s", "", html[: found.start()]):
        return None
    return found.start()


def _is_rich(message: Message) -> bool:
    """Whether the HTML says more than the text does, its quoted history aside."""
    html = message.html
    if message.quoted and (cut := quote_starts(html)):
        html = html[:cut]
    return _RICH.search(html) is not None


def _people(people: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(p.get("name") or p.get("address", "") for p in people)


def _warnings(message: Message) -> tuple[str, ...]:
    words = {
        "sender-mismatch": _("The sender's name or address may be forged: the mail says two different things."),
        "new-participant": _("Written by somebody who did not take part in this talk before."),
    }
    defects = [flag for flag in message.flags if flag not in words]
    found = [words[flag] for flag in message.flags if flag in words]
    if defects:
        what = "; ".join(defects[:3])
        found.append(
            _("Not all of this message could be read (%(what)s). The original can be downloaded.") % {"what": what}
        )
    return tuple(found)


_LOOKS = {
    Message.Kind.INCOMING: "theirs",
    Message.Kind.REPLY: "ours",
    Message.Kind.NOTE: "note",
    Message.Kind.SIDE_OUT: "side ours",
    Message.Kind.SIDE_IN: "side theirs",
}


def stamp_of(message: Message) -> str:
    """Changes with everything about a message that may change after it was written."""
    sent = int(message.sent_at.timestamp()) if message.sent_at else 0
    read = message.read_at if message.kind != Message.Kind.INCOMING else None  # that we read theirs is not shown
    told = (message.delivered_at, read, message.edited_at, message.withdrawn_at, message.extra)
    words = f"{message.delivery_words}|{message.author_name}|{message.text}|{message.html}|{told}"
    return f"{message.delivery}-{message.ticket_id}-{sent}-{crc32(words.encode()):x}"


def item_of(message: Message) -> Item:
    """One message, ready to print."""
    written_here = message.kind in (Message.Kind.REPLY, Message.Kind.NOTE, Message.Kind.SIDE_OUT)
    rich = bool(message.html) and (written_here or _is_rich(message))
    framed = rich and not written_here
    look = str(_LOOKS[Message.Kind(message.kind)])
    marks = marks_of(message)
    if is_talk(message) and not marks.public:
        look += " chat"
    look += (" public" if marks.public else "") + (" withdrawn" if message.withdrawn_at else "")
    return Item(
        id=f"m{message.pk}",
        stamp=stamp_of(message),
        message=message,
        look=look,
        framed=framed,
        remote_images=framed and _REMOTE.search(message.html) is not None,
        body=mark_safe(message.html) if rich and written_here else plain(message.text),
        quoted=plain(message.quoted),
        signature=plain(message.signature),
        files=tuple(file_of(a) for a in message.attachments.all() if not (a.inline and framed)),
        receivers=_people(message.to),
        copies=_people(message.cc),
        warnings=_warnings(message),
        marks=marks,
    )


def in_order(messages: Iterable[Message], events: Iterable[EventRow], names: Names) -> list[Message | Fold]:
    """Messages and folded changes, oldest first."""
    merged: list[tuple[datetime, int, int, Message | Change]] = [(m.created_at, 0, m.pk, m) for m in messages]
    for row in events:
        text = line_of(row, names)
        if text:
            by = row.actor_name or _("Hospes")
            merged.append((row.at, 1, row.pk, Change(row.pk, text, by, row.at)))
    merged.sort(key=lambda entry: entry[:3])
    items: list[Message | Fold] = []
    fold: list[Change] = []
    for _at, _kind, _id, thing in merged:
        if isinstance(thing, Change):
            fold.append(thing)
            continue
        if fold:
            items.append(Fold(tuple(fold)))
            fold = []
        items.append(thing)
    if fold:
        items.append(Fold(tuple(fold)))
    return items
