"""What happens around incidents. Ids and short scalars only."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEvent(Event):
    """Base of events about one incident."""

    subject: ClassVar[str] = "incident"
    subject_id_field: ClassVar[str] = "incident_id"

    incident_id: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDeclared(IncidentEvent):
    severity: str = ""
    public: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentChanged(IncidentEvent):
    """One field changed: title, severity, owner, public, state, components and the like."""

    field: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdated(IncidentEvent):
    """A word was said, to all customers behind it or among ourselves."""

    update_id: int
    state: str
    public: bool = False
    people: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved(IncidentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReopened(IncidentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReviewed(IncidentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProgressed(IncidentEvent):
    """So far has an update come: for the screens that show it."""

    update_id: int
    sent: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketJoinedIncident(TicketEvent):
    incident_id: int
    title: str = ""
    way: str = "hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLeftIncident(TicketEvent):
    incident_id: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLooksLikeIncident(TicketEvent):
    """Something was suggested, or declined: the ticket's screen shows it."""

    incident_id: int
    title: str = ""
    words: str = ""
    declined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstEvent(Event):
    """Base of events about one burst."""

    subject: ClassVar[str] = "burst"
    subject_id_field: ClassVar[str] = "burst_id"

    burst_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstProposed(BurstEvent):
    words: str = ""
    seen: int = 0
    expected: float = 0.0
    ticket_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BurstDecided(BurstEvent):
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentChanged(Event):
    subject: ClassVar[str] = "component"
    subject_id_field: ClassVar[str] = "component_id"

    component_id: int
    label: str = ""
    state: str = ""
    what: str = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSubscription(Event):
    """Somebody outside began or stopped to hear of the service's state."""

    subject: ClassVar[str] = "subscriber"
    subject_id_field: ClassVar[str] = "subscriber_id"
    live: ClassVar[bool] = False

    subscriber_id: int
    what: str
