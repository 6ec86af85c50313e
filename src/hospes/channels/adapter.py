"""What a channel is to the rest: a translator. One protocol that fits on a screen, one failure type."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from hospes.tickets.incoming import IncomingMessage


class ChannelError(Exception):
    """A channel could not do it. `permanent`: trying again will not help. `words` are the provider's own.

    `set_up` is False when it only waits for an admin to set the channel up.
    """

    def __init__(
        self, words: str, *, permanent: bool, recipients_done: tuple[str, ...] = (), set_up: bool = True
    ) -> None:
        self.words = words
        self.permanent = permanent
        self.set_up = set_up
        self.recipients_done = recipients_done
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Raw:
    """A raw message as stored: bytes and what the channel said of them (envelope sender, recipients, folder …)."""

    body: bytes
    envelope: Mapping[str, Any]
    inbox_address: str


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file to send with a message."""

    name: str
    content_type: str
    content: bytes
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message answers, to be shown below it."""

    who: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as tickets hand it out, ready to translate. Addresses are (name, address) pairs."""

    message_id: str
    number: str
    subject: str
    text: str
    html: str
    sender: tuple[str, str]
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    reply_to: Mapping[str, str]
    in_reply_to: str
    references: tuple[str, ...]
    automatic: bool
    language: str
    at: datetime
    files: tuple[OutgoingFile, ...] = ()
    done_recipients: tuple[str, ...] = ()
    signature_html: str = ""
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a provider took a message. `refused` are recipients it said no to for good, with its words."""

    provider_id: str = ""
    words: str = ""
    refused: Mapping[str, str] | None = None


class Adapter(Protocol):
    """A channel. `parse` is pure and never raises; `send` raises ChannelError."""

    kind: str

    def parse(self, raw: Raw) -> IncomingMessage:
        """Understand a raw message as well as possible; what was not understood goes into `defects`."""
        ...

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Hand a message to the provider. Raises ChannelError; may be called again with the same message id."""
        ...
