"""The one shape in which every channel hands a message to tickets: pure data, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote. `address` is the channel's own id (e-mail: addr-spec with a lower-cased domain)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class IncomingAttachment:
    """One file. `content_type` is what the sender claims; what is shown is decided by content, later."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report (RFC 3464). `permanent` for status 5.x.x; `original_message_id` of the mail that bounced."""

    recipients: tuple[str, ...]
    status: str
    diagnostic: str
    permanent: bool
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that the channel keeps and gives out on asking. `ref` is what its adapter fetches it by."""

    ref: str
    name: str
    content_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A further address that the sender says is theirs. Only a `verified` one (signed by the company's own site, or
    vouched for by the provider) makes two records one; others become suggestions."""

    kind: Literal["email", "phone", "handle"]
    value: str
    verified: bool = False


AutoKind = Literal["", "auto-reply", "out-of-office", "list", "bounce", "receipt", "feedback"]


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message as understood by its channel.

    `text` is the whole text, `reply` the new words alone (no quoted history, no signature), `quoted` and
    `signature` what was cut off. `html` is already cleaned. `message_id`, `in_reply_to` and `references` are
    bare ids without angle brackets. `delivered_to` lists every address of ours that the message came in by
    (envelope and headers), for plus-addressed reply tokens. `defects` names, in plain words, what could not
    be understood; a message with defects is still a message. `auto_reply`: a machine wrote it (a list mail by a
    person is automatic, but no auto-reply). `authentication_results` are raw, topmost first; whom to trust is
    the caller's affair.

    `identity` is the kind of the sender's address ("" : email when it has an @, else handle); a handle is written
    "channel:id". `thread_key` names the talk within its inbox where the channel knows talks (a chat, a comment's
    thread; else the sender). `remote_files` are fetched by the gate after parsing. `extra` is kept with the message
    (JSON): {"public": True} for a comment that anybody can read, {"buttons": …}, {"location": …}. `ask`: the channel
    has to be asked before it is taken in: "name" for the sender's name (when we do not know it yet), "details" for
    what the message says.
    """

    message_id: str
    sender: Person
    subject: str = ""
    text: str = ""
    html: str = ""
    reply: str = ""
    reply_html: str = ""
    quoted: str = ""
    signature: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    delivered_to: tuple[str, ...] = ()
    sent_at: datetime | None = None
    language: str = ""
    attachments: tuple[IncomingAttachment, ...] = ()
    auto_kind: AutoKind = ""
    bounce: Bounce | None = None
    authenticated: bool = False
    sender_mismatch: bool = False
    defects: tuple[str, ...] = ()
    auto_reply: bool = False
    authentication_results: tuple[str, ...] = ()
    # What channels other than mail know besides
    identity: Literal["", "email", "phone", "handle"] = ""
    claims: tuple[Claim, ...] = ()
    thread_key: str = ""
    remote_files: tuple[RemoteFile, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    ask: Literal["", "name", "details"] = ""

    @property
    def automatic(self) -> bool:
        """Whether a machine wrote it, so that it must never be answered automatically (RFC 3834)."""
        return self.auto_kind != ""
