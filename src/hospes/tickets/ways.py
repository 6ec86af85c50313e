"""What tickets know of channels: the traits each one declares at start, so that answers can be addressed and checked.

Tickets do not know the channels room; a channel's adapter hands its traits down by `register`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a channel can do. `identity` is by what its senders are known. `window` is how long after the customer's
    last message free words may be sent (None: always); `templates` may be sent after it. `starts`: we may write first.
    `live`: the customer waits at the other end. `talk`: one endless talk without subjects, so that a further message
    belongs to the open ticket. `characters`, `files`, `buttons` are limits for one message, 0 for none; `file_bytes`
    the largest file, `file_types` the content types taken ("image/*"), empty for all. `undo`: an answer may be held
    back for some seconds. `rich`: HTML is shown. `contact`: customers may be pointed to it publicly.
    `receipts`: we are told what they have read; `seen`: they are told, through the provider, what we have read.
    `typing`: they see that we write; through a provider it shows for `typing_lasts` seconds (0: not by a provider).
    `private_window` is how long after a public comment its writer may be sent one private message (None: never).
    `spoken`: a line for calls: what is written is read aloud, so it is offered last, and only where `starts` allows to
    call. `counted`: "sms" where a text costs by the network's
    count of its parts, so that the composer counts as the network does.
    """

    kind: str
    label: "str | Promise"
    icon: str = "message-circle"
    identity: Literal["email", "phone", "handle"] = "handle"
    window: timedelta | None = None
    templates: bool = False
    starts: bool = False
    live: bool = False
    talk: bool = True
    undo: bool = False
    rich: bool = False
    subject: bool = False
    copies: bool = False
    characters: int = 0
    files: int = 0
    file_bytes: int = 25 * MB
    file_types: tuple[str, ...] = ()
    buttons: int = 0
    reactions: bool = False
    receipts: bool = False
    seen: bool = False
    typing: bool = False
    typing_lasts: int = 0
    edits: bool = False
    deletes: bool = False
    private_window: timedelta | None = None
    spoken: bool = False
    contact: bool = True
    counted: Literal["", "sms"] = ""


EMAIL: Final = Traits(
    kind="email",
    label=_("E-mail"),
    icon="mail",
    identity="email",
    starts=True,
    talk=False,
    undo=True,
    rich=True,
    subject=True,
    copies=True,
    files=100,
)
_known: dict[str, Traits] = {"email": EMAIL}


def register(traits: Traits) -> None:
    """Make a channel known; the same again replaces it."""
    _known[traits.kind] = traits


def traits_of(kind: str) -> Traits:
    """A channel's traits; a kind that nobody declared is a plain text channel."""
    return _known.get(kind) or Traits(kind=kind, label=kind)


def all_traits() -> Mapping[str, Traits]:
    """Every channel's traits by kind, in the order of registration."""
    return dict(_known)


#: Where a ticket can have begun besides the channels that write: calls, the contact form, the customer's side …
CALLS: Final = ("voice", "browser")
ORIGINS: Final[Mapping[str, tuple[Any, str]]] = {
    "voice": (pgettext_lazy("channel", "Phone"), "phone"),
    "browser": (pgettext_lazy("channel", "Call in the browser"), "headset"),
    "form": (pgettext_lazy("channel", "Contact form"), "globe"),
    "portal": (pgettext_lazy("channel", "Customer's side"), "circle-user"),
    "desk": (pgettext_lazy("channel", "Written by a colleague"), "pencil"),
    "api": (pgettext_lazy("channel", "Another program"), "zap"),
}


def known(kind: str) -> Traits | None:
    """A channel's traits, None for what is no channel (a form, the portal, a colleague's own ticket)."""
    return _known.get(kind)


def is_short(kind: str) -> bool:
    """Whether one writes there in few words, as one talks: chat, messengers, SMS."""
    found = _known.get(kind)
    return found is not None and found.talk


def is_mute(kind: str) -> bool:
    """Whether one only talks there and nothing can be written: calls that we cannot begin."""
    found = _known.get(kind)
    return found.spoken and not found.starts if found is not None else kind in CALLS


def waits_live(kind: str) -> bool:
    """Whether the customer waits at the other end while nobody answers: chats and calls."""
    found = _known.get(kind)
    return found.live if found is not None and not found.spoken else kind in {*CALLS, "phone", "video"}


def channel_choices(*, origins: bool = False) -> list[tuple[str, str]]:
    """(kind, name in the reader's language) of every channel; with `origins` also where else tickets begin."""
    found = [(kind, str(traits.label)) for kind, traits in _known.items()]
    wanted = ORIGINS if origins else CALLS
    return [*found, *((kind, str(ORIGINS[kind][0])) for kind in wanted if kind not in _known)]


def channel_label(kind: str) -> str:
    """A channel's name in the reader's language."""
    found = _known.get(kind)
    return str(found.label if found is not None else ORIGINS.get(kind, (kind, ""))[0])


def channel_icon(kind: str) -> str:
    """The sprite's sign of a channel."""
    found = _known.get(kind)
    return found.icon if found is not None else ORIGINS.get(kind, ("", "message-circle"))[1]


Pair = tuple[int, str]
_stops: list[Callable[[Collection[Pair]], Collection[Pair]]] = []


def register_stops(reader: Callable[[Collection[Pair]], Collection[Pair]]) -> None:
    """Hand down who knows which (inbox id, address) want no more messages (the channels room keeps them)."""
    _stops[:] = [reader]


def stopped(pairs: Collection[Pair]) -> frozenset[Pair]:
    """Those of these (inbox id, address) that asked for no more messages."""
    return frozenset(pair for reader in _stops for pair in reader(pairs)) if pairs else frozenset()
