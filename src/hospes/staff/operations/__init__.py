"""Every write of the staff room, by topic. Import the operations from here."""

from hospes.staff.operations.absences import add_absence, change_absence, remove_absence
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
from hospes.staff.operations.presence import (
    note_activity,
    note_connected,
    note_disconnected,
    set_channel_presence,
    set_presence,
    sweep_presence,
)
from hospes.staff.operations.shifts import (
    add_on_call,
    add_shift,
    change_on_call,
    change_shift,
    remove_on_call,
    remove_shift,
)
from hospes.staff.operations.skills import (
    archive_skill,
    save_skill,
    set_agent_languages,
    set_agent_skills,
    set_capacity,
    set_channel_load,
    set_phone,
)
from hospes.staff.operations.teams import change_team, create_team, save_line
from hospes.staff.operations.tokens import create_api_token, revoke_api_token

__all__ = [
    "INVITATION_LIFE",
    "accept_invitation",
    "add_absence",
    "add_on_call",
    "add_shift",
    "archive_skill",
    "change_absence",
    "change_agent",
    "change_on_call",
    "change_own_preferences",
    "change_shift",
    "change_team",
    "create_agent",
    "create_api_token",
    "create_first_admin",
    "create_team",
    "deactivate_agent",
    "invite",
    "note_activity",
    "note_connected",
    "note_disconnected",
    "note_security",
    "reactivate_agent",
    "remove_absence",
    "remove_on_call",
    "remove_shift",
    "revoke_api_token",
    "save_line",
    "save_skill",
    "set_agent_languages",
    "set_agent_skills",
    "set_capacity",
    "set_channel_load",
    "set_channel_presence",
    "set_phone",
    "set_presence",
    "sweep_presence",
    "withdraw_invitation",
]
