"""What a channel tells of a message besides its words: by which way it went, read or not, reactions, changed words."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from hospes.tickets.models import Message
from hospes.tickets.ways import channel_icon, channel_label, known


@dataclass(frozen=True, slots=True)
class Marks:
    """For one message, ready to print. `receipt` is "read", "delivered" or ""."""

    icon: str
    channel: str
    receipt: str
    reactions: tuple[tuple[str, int], ...]
    first_text: str
    public: bool
    private: bool
    permalink: str
    buttons: tuple[str, ...]
    template: str
    elsewhere: bool
    address: str
    who: str


def marks_of(message: Message) -> Marks:
    """Everything is read with care: `extra` holds what channels wrote."""
    extra: dict[str, Any] = message.extra if isinstance(message.extra, dict) else {}
    template = extra.get("template")
    return Marks(
        icon=channel_icon(message.channel) if message.public else "",
        channel=channel_label(message.channel) if message.public else "",
        receipt="read" if message.read_at else "delivered" if message.delivered_at else "",
        reactions=_reactions(extra.get("reactions")),
        first_text=str(extra.get("first_text") or "") if message.edited_at else "",
        public=extra.get("public") is True,
        private=extra.get("private") is True,
        permalink=_link(extra.get("permalink")),
        buttons=tuple(str(label) for label in extra.get("buttons") or () if isinstance(label, str))[:10],
        template=str(template.get("name") or "") if isinstance(template, dict) else "",
        elsewhere=extra.get("elsewhere") is True,
        address=_address(message),
        who=message.author_name or _address(message) or _("Somebody without a name"),
    )


def _address(message: Message) -> str:
    """What only machines read ("chat:k3…") says nothing to an agent."""
    return "" if ":" in message.author_address.partition("@")[0] else message.author_address


def _reactions(found: Any) -> tuple[tuple[str, int], ...]:
    if not isinstance(found, dict):
        return ()
    return tuple(Counter(str(emoji)[:16] for emoji in found.values()).most_common(8))


def _link(value: Any) -> str:
    """Only what leads to a page: a provider's word is a stranger's word."""
    if not isinstance(value, str) or len(value) > 2000:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme == "https" and parts.hostname else ""


def is_talk(message: Message) -> bool:
    """Whether it is shown as in a talk, in bubbles: chats and messengers; what is public reads like a post."""
    found = known(message.channel)
    return found is not None and found.talk and message.kind != Message.Kind.NOTE
