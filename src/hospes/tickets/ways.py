"""What tickets know of channels: the traits each one declares at start, so that answers can be addressed and checked.

Tickets do not know the channels room; a channel's adapter hands its traits down by `register`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a channel can do. `identity` is by what its senders are known. `window` is how long after the customer's
    last message free words may be sent (None: always); `templates` may be sent after it. `starts`: we may write first.
    `live`: the customer waits at the other end. `talk`: one endless talk without subjects, so that a further message
    belongs to the open ticket. `characters`, `files`, `buttons` are limits for one message, 0 for none; `file_bytes`
    the largest file, `file_types` the content types taken ("image/*"), empty for all. `undo`: an answer may be held
    back for some seconds. `rich`: HTML is shown. `contact`: customers may be pointed to it publicly.
    `private_window` is how long after a public comment its writer may be sent one private message (None: never).
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
    typing: bool = False
    edits: bool = False
    deletes: bool = False
    private_window: timedelta | None = None


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
