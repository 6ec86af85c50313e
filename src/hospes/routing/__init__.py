"""Owns queues, offers, assignments with their reasons, escalations between tiers, swarms.

How a ticket finds its owner: an event leaves a `Nudge` (an insert, so nobody waits), which wakes the worker;
`operations/looking.py` looks at the one ticket under its lock, `operations/giving.py` asks `policies.decide`.

Emits: routing events.
Listens to: tickets, staff, sla.
"""
