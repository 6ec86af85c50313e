"""What happens on a ticket's way to its owner. `why` is a reason as policies.Reason keeps it, as JSON text."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketQueued(TicketEvent):
    """A ticket came into a queue."""

    queue_id: int
    queue: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRouted(TicketEvent):
    """A ticket was given to `agent_id` by a queue; `how` is "routed" or "accepted"."""

    agent_id: int
    queue_id: int | None = None
    how: str = "routed"
    waited_seconds: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOffered(TicketEvent):
    """A ticket is offered to `agent_id`, until `until`."""

    agent_id: int
    until: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(TicketEvent):
    """An offer was not taken: `how` is "declined", "expired" or "withdrawn"."""

    agent_id: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketTakenBack(TicketEvent):
    """A ticket was taken back from `agent_id`: `because` is "away", "absent" or "left"."""

    agent_id: int
    because: str
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOverflowed(TicketEvent):
    """A ticket waited too long and is now also for another team, or in another queue."""

    to_team_id: int | None = None
    to_queue_id: int | None = None
    name: str = ""
    after_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketWaits(TicketEvent):
    """Nobody can take a ticket now; said once for each stay in a queue."""

    queue_id: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueChanged(Event):
    """A queue was made, changed, moved or put away."""

    subject: ClassVar[str] = "queue"
    subject_id_field: ClassVar[str] = "queue_id"

    queue_id: int
    what: str
    label: str = ""
