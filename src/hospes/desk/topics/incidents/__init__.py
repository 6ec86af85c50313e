"""Outages and crises: declaring, linking, telling all, reviewing."""

from hospes.desk.topics import Topic

TOPIC = Topic()
