"""Owns queues, offers, assignments with their reasons, escalations between tiers, swarms.

Emits: routing events.
Listens to: tickets, staff, sla.
"""
