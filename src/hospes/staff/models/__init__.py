"""Tables of the staff room, by topic."""

from hospes.staff.models.people import (
    Agent,
    AgentManager,
    ApiToken,
    Invitation,
    Line,
    Membership,
    Role,
    Team,
)
from hospes.staff.models.state import (
    Absence,
    AgentLanguage,
    AgentSkill,
    Announced,
    ChannelLoad,
    DeskLease,
    LastSweep,
    OnCall,
    Presence,
    PresenceState,
    Shift,
    Skill,
)

__all__ = [
    "Absence",
    "Agent",
    "AgentLanguage",
    "AgentManager",
    "AgentSkill",
    "Announced",
    "ApiToken",
    "ChannelLoad",
    "DeskLease",
    "Invitation",
    "LastSweep",
    "Line",
    "Membership",
    "OnCall",
    "Presence",
    "PresenceState",
    "Role",
    "Shift",
    "Skill",
    "Team",
]
