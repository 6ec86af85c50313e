"""What happens to workflows, and to their runs on a ticket."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowChanged(Event):
    """A workflow was made, published, put away or brought back. `what` says which."""

    subject: ClassVar[str] = "workflow"
    subject_id_field: ClassVar[str] = "workflow_id"

    workflow_id: int
    what: str
    label: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent(TicketEvent):
    """Base of events about a run on a ticket."""

    run_id: int
    workflow_id: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStarted(RunEvent):
    """A run began, or one that began without a ticket came to this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowStepped(RunEvent):
    """A step was done; open screens show the next one."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowHandedOver(RunEvent):
    """A person has it now: because the step says so, or because the customer asked."""

    step: str
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowEnded(RunEvent):
    outcome: str
