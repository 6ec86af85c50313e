"""Tiers, hand-overs, work orders and swarms: getting help without letting go."""

from hospes.desk.topics import Topic

TOPIC = Topic()
