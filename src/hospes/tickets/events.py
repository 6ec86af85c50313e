"""What happens to tickets. Ids and short scalars only; texts stay in their tables."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent(Event):
    """Base of events about one ticket; `team_id` and `assignee_id` are those after the event."""

    subject: ClassVar[str] = "ticket"
    subject_id_field: ClassVar[str] = "ticket_id"

    ticket_id: int
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketCreated(TicketEvent):
    number: str
    customer_id: int
    channel: str = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(TicketEvent):
    """A message came in from a customer or outsider. `acknowledge` says that it opened a ticket and may be answered
    automatically."""

    message_id: int
    automatic: bool = False
    acknowledge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyQueued(TicketEvent):
    """A message to somebody outside is to be sent (not before its `send_after`)."""

    message_id: int
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyWithdrawn(TicketEvent):
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteAdded(TicketEvent):
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMentioned(TicketEvent):
    message_id: int
    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(TicketEvent):
    """One field changed; values are in words that screens can show or look up (ids for people and teams)."""

    field: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReopened(TicketEvent):
    message_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMerged(TicketEvent):
    into_id: int
    into_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUnmerged(TicketEvent):
    from_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSplit(TicketEvent):
    new_id: int
    new_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLinked(TicketEvent):
    other_id: int
    other_number: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketUnlinked(TicketEvent):
    other_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantJoined(TicketEvent):
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRemoved(TicketEvent):
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(TicketEvent):
    message_id: int
    state: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified(Event):
    """An agent has a new notification; pushed to that agent alone."""

    subject: ClassVar[str] = "agent"
    subject_id_field: ClassVar[str] = "agent_id"

    agent_id: int
    notification_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupChanged(Event):
    """An inbox, status, tag, macro or shared view was made, changed or put away."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "thing_id"

    thing: str
    thing_id: int
    what: str
    label: str = ""
