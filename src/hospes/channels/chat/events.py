"""What happens in live chats besides messages."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEnded(TicketEvent):
    """The visitor ended the talk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRated(TicketEvent):
    """The visitor rated the talk from 1 to 5; `with_words` when they wrote something too."""

    score: int
    with_words: bool = False
    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTranscriptAsked(TicketEvent):
    """The visitor has the talk sent to them by mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatContinuedByMail(TicketEvent):
    """Answers that nobody read in the chat went by mail as well."""

    message_id: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSetUp(Event):
    """The chat of an inbox was set up anew: its looks and forms ("site"), an invitation, or its signing secret."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "inbox_id"

    inbox_id: int
    what: str
    label: str = ""
