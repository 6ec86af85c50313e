"""Owns agents, teams, lines of business, roles and their rights, invitations, API tokens; skills, languages, presence,
capacity, shifts, absences, who is on call.

Emits: AgentInvited, AgentJoined, AgentChanged, AgentDeactivated, TeamChanged, TokenCreated, TokenRevoked;
PresenceChanged, ChannelPresenceChanged, AbsenceStarted, AbsenceEnded, SkillsChanged, LanguagesChanged,
CapacityChanged, ChannelLoadChanged, PhoneChanged, ShiftsChanged, AbsenceChanged, OnCallChanged, SkillChanged,
LineChanged.
Listens to: nothing.
"""
