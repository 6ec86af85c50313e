"""What happens to the clocks of tickets and work orders, and to what they are set by."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockEvent(Event):
    """Base of events about one clock of a ticket (or of a work order of the ticket).

    `kind` is first_response, next_response, resolution, queue_wait, callback or work_order. `due_at` is what the
    event leaves it due at (None while it is paused, or when its calendar never opens).
    """

    subject: ClassVar[str] = "ticket"
    subject_id_field: ClassVar[str] = "ticket_id"

    ticket_id: int
    assignee_id: int | None = None
    clock_id: int
    kind: str
    due_at: datetime | None = None
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockStarted(ClockEvent):
    """Somebody began to wait."""

    live: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockPaused(ClockEvent):
    """It stands still; `reason` is waiting (for the customer) or on_hold (for a third party)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockResumed(ClockEvent):
    """It runs again; `reason` is what it stood still for (also solved, when a ticket was opened again)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChanged(ClockEvent):
    """It is due at another time than before. `reason` is priority, policy, applied (an edit was applied to open
    tickets), withdrawn (an answer was taken back), restored or ended; `words` says which priority or policy."""

    reason: str
    before_due_at: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockWarned(ClockEvent):
    """It is due soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBreached(ClockEvent):
    """It was not met in time. Said once, whatever happens later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMet(ClockEvent):
    """What was promised was done; `late` when after its time."""

    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelsChanged(Event):
    """A calendar or policy was made, changed, moved, put away, or applied to open tickets."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "thing_id"

    thing: str
    thing_id: int
    what: str
    label: str = ""
