"""Owns agents, teams, roles and their rights, invitations, API tokens.

Emits: AgentInvited, AgentJoined, AgentChanged, AgentDeactivated, TeamChanged, TokenCreated, TokenRevoked.
Listens to: nothing.
"""
