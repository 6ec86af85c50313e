"""Playbooks, ready answers and their use, refusal of service."""

from hospes.desk.topics import Topic

TOPIC = Topic()
