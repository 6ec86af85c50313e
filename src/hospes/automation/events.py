"""What happens in the automation room."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationTicketEvent(Event):
    """Base of what happens on a ticket because of rules."""

    subject: ClassVar[str] = "ticket"
    subject_id_field: ClassVar[str] = "ticket_id"

    ticket_id: int
    assignee_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRan(AutomationTicketEvent):
    """A rule fitted; what it does next happens because of this."""

    live: ClassVar[bool] = False

    rule_id: int
    rule_version: int
    rule_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStopped(AutomationTicketEvent):
    """Rules were about to go round in a circle, or too often; none ran. `why` is "depth" or "budget"."""

    why: str
    rules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledFromOutside(AutomationTicketEvent):
    """Another system called about this ticket."""

    hook_id: int
    hook_name: str
    call_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(Event):
    """A rule was made, changed, switched, moved, or put away."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "rule_id"

    rule_id: int
    what: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(Event):
    """A webhook or an inbound address was made, changed, disabled, or put away; or a delivery was sent once more."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "webhook_id"

    webhook_id: int
    what: str
    label: str = ""
    inbound: bool = False
