"""Guided procedures: editing, running, where people drop out."""

from hospes.desk.topics import Topic

TOPIC = Topic()
