"""What happens to staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEvent(Event):
    """Base of events about one agent."""

    subject: ClassVar[str] = "agent"
    subject_id_field: ClassVar[str] = "agent_id"

    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentJoined(AgentEvent):
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChanged(AgentEvent):
    """Role, teams or name changed; open screens must look at their rights again."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDeactivated(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReactivated(AgentEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInvited(Event):
    subject: ClassVar[str] = "invitation"
    subject_id_field: ClassVar[str] = "invitation_id"

    invitation_id: int
    email: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWithdrawn(Event):
    subject: ClassVar[str] = "invitation"
    subject_id_field: ClassVar[str] = "invitation_id"

    invitation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(Event):
    subject: ClassVar[str] = "team"
    subject_id_field: ClassVar[str] = "changed_team_id"

    changed_team_id: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated(AgentEvent):
    token_id: int
    token_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(AgentEvent):
    token_id: int
    token_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSecurity(AgentEvent):
    """Something about an agent's sign-in happened: `what` is signed-in, sign-in-failed, password-changed,
    password-reset, totp-on, totp-off, passkey-added, passkey-removed, recovery-codes or session-ended."""

    live: ClassVar[bool] = False

    what: str


# Who is here, what they can do, when they work -------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEvent(Event):
    """Base of events about an agent's working state, which all of staff may hear of."""

    subject: ClassVar[str] = "presence"
    subject_id_field: ClassVar[str] = "agent_id"

    agent_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceChanged(StateEvent):
    """`why` is chosen, activity, idle, desk-opened, desk-closed, ran-out, absence or channels."""

    before: str
    after: str
    why: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPresenceChanged(StateEvent):
    """An agent takes a channel no longer, or again."""

    channel: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceStarted(StateEvent):
    absence_id: int
    substitute_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceEnded(StateEvent):
    absence_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterEvent(Event):
    """Base of events about plans: who can do what, and who is to be here when."""

    subject: ClassVar[str] = "roster"
    subject_id_field: ClassVar[str] = "agent_id"

    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillsChanged(RosterEvent):
    """`skills` reads "Returns 3, Billing 5"."""

    skills: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagesChanged(RosterEvent):
    """`languages` reads "lv 5, en 4"."""

    languages: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityChanged(RosterEvent):
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLoadChanged(RosterEvent):
    """What a channel costs one agent, or (no agent) everybody."""

    channel: str
    weight: int
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged(RosterEvent):
    """The number by which somebody is reached; it is not repeated here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftsChanged(RosterEvent):
    """`what` is added, changed or removed; `count` how many at once."""

    what: str
    count: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceChanged(RosterEvent):
    """`what` is added, changed or removed."""

    absence_id: int
    what: str
    starts_at: datetime
    ends_at: datetime
    substitute_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallChanged(RosterEvent):
    """`what` is added, changed or removed; `on_call_team_id` is None for management."""

    what: str
    count: int
    starts_at: datetime
    ends_at: datetime
    on_call_team_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillChanged(Event):
    """A skill was made, renamed, put away or taken back: `what`."""

    subject: ClassVar[str] = "skill"
    subject_id_field: ClassVar[str] = "skill_id"

    skill_id: int
    skill_name: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChanged(Event):
    """A line of business was made, renamed, put away or taken back: `what`."""

    subject: ClassVar[str] = "line"
    subject_id_field: ClassVar[str] = "line_id"

    line_id: int
    line_name: str
    what: str
