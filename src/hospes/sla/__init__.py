"""Owns calendars, service-level policies and the clocks that run on tickets and work orders.

Emits: ClockStarted, ClockPaused, ClockResumed, ClockChanged, ClockWarned, ClockBreached, ClockMet,
    ServiceLevelsChanged.
Listens to: tickets (what is written and changed on them, work orders), customers (who becomes a VIP), its own clocks.
"""
