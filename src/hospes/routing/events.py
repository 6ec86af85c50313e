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
    to: str = ""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEscalated(TicketEvent):
    """A ticket went up to a team of a higher tier, or to whoever is on call (`to_agent_id`, `on_call`).

    `reason` is "hand", "waited" or "breach"; `policy` and `step` are of the chain, `waited_seconds` how long the
    customer had waited then.
    """

    hand_over_id: int
    from_tier: int
    to_tier: int
    to_team_id: int | None = None
    to_agent_id: int | None = None
    to_name: str = ""
    on_call: bool = False
    rank: int = 0
    reason: str = "hand"
    policy: str = ""
    step: int = 0
    waited_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeescalated(TicketEvent):
    """A ticket went back down."""

    hand_over_id: int
    from_tier: int
    to_tier: int
    to_team_id: int | None = None
    to_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSkipped(TicketEvent):
    """A step could not be taken: `why` is "no-team", "there-already" or "nobody-on-call"."""

    why: str
    policy: str = ""
    step: int = 0
    tier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationTaken(TicketEvent):
    """Somebody said that they have it now: the chain stops."""

    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityOffered(TicketEvent):
    """`to_agent_id` is asked to become responsible."""

    offer_id: int
    to_agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityDeclined(TicketEvent):
    offer_id: int
    from_agent_id: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmEvent(TicketEvent):
    """Base of what happens to a swarm; it stands on its ticket's timeline."""

    swarm_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmStarted(SwarmEvent):
    invited: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmInvited(SwarmEvent):
    """An expert was called in, for a skill when it was for one."""

    agent_id: int
    skill: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmJoined(SwarmEvent):
    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmLeft(SwarmEvent):
    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmNoteAdded(SwarmEvent):
    note_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwarmEnded(SwarmEvent):
    """`seconds` from its start; `article_id` is the draft that was made of the solution."""

    solved: bool
    seconds: int
    article_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionReused(SwarmEvent):
    """A swarm's solution helped with this ticket too."""

    from_ticket_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationSetUp(Event):
    """An escalation policy, or whether customers are told, was changed."""

    subject: ClassVar[str] = "escalation"
    subject_id_field: ClassVar[str] = "thing_id"

    thing_id: int
    what: str
    label: str = ""
