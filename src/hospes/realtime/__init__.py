"""Owns topics and push: which open screen hears of which event, and catching up after a lost connection.

Emits: nothing.
Listens to: the events table, by PostgreSQL's NOTIFY.
"""
