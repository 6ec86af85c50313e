"""What happens to staff."""

from dataclasses import dataclass
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
