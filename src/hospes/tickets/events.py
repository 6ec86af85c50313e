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
class AgentCalled(TicketEvent):
    """Somebody is wanted here now: a manager who is on call, an expert; the note says why."""

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
class MessageNoted(TicketEvent):
    """News of a message that is there already. `what`: delivered, read, reaction, edited, withdrawn."""

    message_id: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesSeen(TicketEvent):
    """One of us has the customer's messages of one inbox before them for the first time; `message_id` is the newest.
    Only of channels that can tell the customer so."""

    live: ClassVar[bool] = False

    message_id: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderEvent(TicketEvent):
    """Base of what happens to a work order; it stands on its ticket's timeline. `order_team_id` and `order_agent_id`
    are who is asked (both None for an outsider)."""

    work_order_id: int
    number: str
    label: str
    order_team_id: int | None = None
    order_agent_id: int | None = None
    owner_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderOpened(WorkOrderEvent):
    """`due_seconds` is the time allowed, to be counted in service hours when `business`. `again` after an answer that
    did not do."""

    to_name: str = ""
    due_at: str = ""
    due_seconds: int = 0
    business: bool = False
    template_id: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderAccepted(WorkOrderEvent):
    by_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderAnswered(WorkOrderEvent):
    """`message_id` is the note or the outsider's message that holds the answer; `late` when it came after its due
    time."""

    message_id: int
    by_name: str = ""
    declined: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderClosed(WorkOrderEvent):
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderDueChanged(WorkOrderEvent):
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderDueSoon(WorkOrderEvent):
    due_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrderOverdue(WorkOrderEvent):
    """It is late. `step` 2 tells the department's lead, 3 those on call."""

    due_at: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroUsed(TicketEvent):
    """Somebody put a ready answer into what they write, or had its changes made."""

    macro_id: int
    label: str = ""
