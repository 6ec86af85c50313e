"""Owns guided procedures, their versions and their runs, for agents and customers alike.

Emits: run events.
Listens to: tickets.
"""
