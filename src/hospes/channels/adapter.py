"""What a channel is to the rest: a translator. One protocol that fits on a screen, one failure type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from django.utils.functional import Promise

from hospes.tickets.incoming import IncomingAttachment, IncomingMessage, RemoteFile
from hospes.tickets.ways import Traits


class ChannelError(Exception):
    """A channel could not do it. `permanent`: trying again will not help. `words` are the provider's own.

    `retry_after` is in seconds, when the provider named it (429). `set_up` is False when it only waits for an admin
    to set the channel up. `recipients_done` are the recipients, or the parts of a long message, that have arrived.
    `opted_out`: the receiver wants nothing of us any more (has blocked us).
    """

    def __init__(
        self,
        words: str,
        *,
        permanent: bool,
        recipients_done: tuple[str, ...] = (),
        set_up: bool = True,
        retry_after: float = 0.0,
        opted_out: bool = False,
    ) -> None:
        self.words = words
        self.permanent = permanent
        self.set_up = set_up
        self.recipients_done = recipients_done
        self.retry_after = retry_after
        self.opted_out = opted_out
        super().__init__(words)


class Refused(Exception):
    """A webhook call that is not the provider's: answered with `status` (401 or 403) and counted, nothing else."""

    def __init__(self, why: Literal["unsigned", "signature", "time", "replayed"], *, status: int = 403) -> None:
        self.why = why
        self.status = status
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """What a provider sent, as plain values. `headers` by lower-case name; `url` as the provider called it (behind
    our public address), `params` from its query, `form` from a form body (each name's last value)."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer a provider besides an empty 200."""

    body: str = ""
    content_type: str = "text/plain"
    status: int = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """One message or piece of news in a webhook call. `external_id` is the provider's id of it, the same when it is
    sent again; `body` and `envelope` are what `parse` needs, and are kept."""

    external_id: str
    body: bytes
    envelope: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """A raw message as stored: bytes and what the channel said of them (envelope sender, recipients, folder …)."""

    body: bytes
    envelope: Mapping[str, Any]
    inbox_address: str


@dataclass(frozen=True, slots=True)
class News:
    """What a channel tells of messages that are there already. `message_id` is the provider's id of the message.

    delivered, read, failed (with `words`; `permanent`) are of our messages; for "read", `until` means all up to then.
    edited (`text`), deleted and reaction (`text`, empty when taken back) are of the customer's own or ours.
    opted_out and opted_in (STOP, START; user blocked us) are of the `sender`. elsewhere: somebody of ours answered the
    `sender` by another program (`text`); moved: the `sender` has a new address now (`text`), as the provider vouches.
    """

    kind: Literal[
        "delivered", "read", "failed", "edited", "deleted", "reaction", "opted_out", "opted_in", "elsewhere", "moved"
    ]
    message_id: str = ""
    sender: str = ""
    text: str = ""
    words: str = ""
    permanent: bool = True
    at: datetime | None = None
    until: datetime | None = None
    thread_key: str = ""


Parsed = IncomingMessage | News | None


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
    """A message as tickets hand it out, ready to translate. Addresses are (name, address) pairs.

    `extra` may hold template (with the `parts` of the approved one), buttons, public, private and comment_id (see
    tickets.operations.reply); `answered_id` is the provider's id of the customer's latest message in this talk, which
    came `answered_at`; `file_urls` are public one-time addresses of `files`, for providers
    that fetch files themselves, in the same order. `done_recipients` are the recipients or parts that have arrived.
    """

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
    extra: Mapping[str, Any] = field(default_factory=dict)
    thread_key: str = ""
    answered_id: str = ""
    answered_at: datetime | None = None
    file_urls: tuple[str, ...] = ()
    inbox_id: int = 0

    @property
    def recipient(self) -> str:
        """The one address of a channel without copies. Raises ChannelError when there is none."""
        if not self.to:
            raise ChannelError("The message has no recipient.", permanent=True)
        return self.to[0][1]


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a provider took a message. `provider_id` may be several ids with spaces between them (parts). `refused`
    are recipients it said no to for good, with its words."""

    provider_id: str = ""
    words: str = ""
    refused: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A customer's side of a talk, to be told that we read or write. `message_id` is the provider's id of their newest
    message, `address` who they are, as in `sender.address`."""

    message_id: str
    address: str
    thread_key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Template:
    """A template that the provider keeps. `body` is all its text with {{1}}, {{2}} … in the order in which values are
    given; `parts` is what `send` needs to know of it."""

    name: str
    language: str
    body: str
    state: str = "approved"
    parts: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """A field of a channel's settings form, kept in its credential by `name`. A `secret` is never shown again.

    `kind`: text, secret, url, number, choice (with `choices`), lines (one value a line), flag. `generate`: made by
    us at random when the inbox is made (a verify token), and shown to be copied to the provider.
    """

    name: str
    label: "str | Promise"
    kind: Literal["text", "secret", "url", "number", "choice", "lines", "flag"] = "text"
    help: "str | Promise" = ""
    required: bool = False
    pattern: str = ""
    choices: tuple[tuple[str, "str | Promise"], ...] = ()
    default: str = ""
    generate: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a live check: whether it is well, and what it is or what to do."""

    good: bool
    words: str


class Adapter(Protocol):
    """A channel. `parse`, `verify`, `split` are pure: no network, no clock, no database.

    What a channel does not have is inherited from `BaseAdapter`.
    """

    kind: str
    traits: Traits
    fields: tuple[SettingField, ...]
    #: "refused": the same signed call again gets 403. "ignored": 200 and nothing (providers that stop at refusals).
    replays: Literal["refused", "ignored"]
    #: Whether nobody can write by it who has left, so that writing takes back that they left (no: STOP by SMS stays).
    writing_returns: bool

    def parse(self, raw: Raw) -> Parsed:
        """Understand a raw message as well as possible; what was not understood goes into `defects`. Never raises."""
        ...

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """Raise Refused unless the provider made this call."""
        ...

    def challenge(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """Answer a GET by which the provider makes sure that the address is ours. Raises Refused."""
        ...

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """The messages and news in a verified call. Raises ValueError when it is nothing that the provider sends."""
        ...

    def belongs(self, piece: Piece, credential: Mapping[str, Any]) -> bool:
        """Whether a piece is for the inbox with these settings: some providers tell one address of everything."""
        ...

    def answer(self, call: WebhookCall) -> Answer:
        """What to answer once all pieces are stored."""
        ...

    def answer_for(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """The same where it depends on the inbox's settings (a welcome)."""
        ...

    def complete(self, incoming: IncomingMessage, credential: Mapping[str, Any]) -> IncomingMessage:
        """Ask the provider for what a message with `ask` lacks. Raises ChannelError."""
        ...

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """Get a file that the provider keeps. Raises ChannelError."""
        ...

    def send(self, message: OutgoingMessage, credential: Mapping[str, Any]) -> Receipt:
        """Hand a message to the provider. Raises ChannelError; may be called again with the same message id."""
        ...

    def seen(self, talk: Talk, credential: Mapping[str, Any]) -> None:
        """Let the customer know that all up to this message was read (traits.seen). Raises ChannelError."""
        ...

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """Let the customer see that somebody writes, or has stopped (traits.typing_lasts). Raises ChannelError."""
        ...

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Ask the provider whether these settings work; sets the webhook where its API can. Never raises."""
        ...

    def templates(self, credential: Mapping[str, Any]) -> Sequence[Template]:
        """The templates that the provider has now. Raises ChannelError."""
        ...


class BaseAdapter:
    """What channels without webhooks, files or checks answer."""

    fields: tuple[SettingField, ...] = ()
    replays: Literal["refused", "ignored"] = "refused"
    writing_returns: bool = False

    def verify(self, call: WebhookCall, credential: Mapping[str, Any], now: datetime) -> None:
        """No webhook: nobody is let in."""
        raise Refused("unsigned", status=401)

    def challenge(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """No challenge."""
        return Answer(status=405)

    def split(self, call: WebhookCall) -> Sequence[Piece]:
        """No webhook."""
        return ()

    def belongs(self, piece: Piece, credential: Mapping[str, Any]) -> bool:
        """Each inbox has an address of its own."""
        return True

    def answer(self, call: WebhookCall) -> Answer:
        """An empty 200."""
        return Answer()

    def answer_for(self, call: WebhookCall, credential: Mapping[str, Any]) -> Answer:
        """Whatever the settings."""
        return self.answer(call)

    def complete(self, incoming: IncomingMessage, credential: Mapping[str, Any]) -> IncomingMessage:
        """Nothing is lacking."""
        return incoming

    def fetch(self, remote: RemoteFile, credential: Mapping[str, Any]) -> IncomingAttachment:
        """No files of its own."""
        raise ChannelError("This channel keeps no files.", permanent=True)

    def seen(self, talk: Talk, credential: Mapping[str, Any]) -> None:
        """The provider passes no such sign on."""

    def typing(self, talk: Talk, credential: Mapping[str, Any], *, on: bool) -> None:
        """The provider passes no such sign on."""

    def check(self, credential: Mapping[str, Any], webhook_url: str) -> Sequence[Finding]:
        """Nothing to check."""
        return ()

    def templates(self, credential: Mapping[str, Any]) -> Sequence[Template]:
        """No templates."""
        return ()
