"""Calendars, service-level policies, the clocks on a ticket, promises kept."""

from hospes.desk.topics import Topic

TOPIC = Topic()
