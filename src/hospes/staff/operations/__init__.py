"""Every write of the staff room, by topic. Import the operations from here."""

from hospes.staff.operations.agents import (
    change_agent,
    change_own_preferences,
    create_agent,
    create_first_admin,
    deactivate_agent,
    note_security,
    reactivate_agent,
)
from hospes.staff.operations.invitations import INVITATION_LIFE, accept_invitation, invite, withdraw_invitation
from hospes.staff.operations.teams import change_team, create_team
from hospes.staff.operations.tokens import create_api_token, revoke_api_token

__all__ = [
    "INVITATION_LIFE",
    "accept_invitation",
    "change_agent",
    "change_own_preferences",
    "change_team",
    "create_agent",
    "create_api_token",
    "create_first_admin",
    "create_team",
    "deactivate_agent",
    "invite",
    "note_security",
    "reactivate_agent",
    "revoke_api_token",
    "withdraw_invitation",
]
