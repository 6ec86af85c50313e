"""Owns events and their outbox, actors, clock, errors, ids, secrets, safe HTML, outgoing HTTP, files. No product nouns.

Emits: nothing of its own; every room emits through `core.events.emit`.
Listens to: nothing.
"""
