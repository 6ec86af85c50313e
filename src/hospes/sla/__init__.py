"""Owns calendars, service-level policies and the clocks that run on tickets and work orders.

Emits: clock events (started, paused, warned, breached, met).
Listens to: tickets.
"""
