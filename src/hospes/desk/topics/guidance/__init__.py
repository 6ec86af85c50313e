"""Playbooks, ready answers and their use, refusal of service."""

from hospes.desk.topics import Topic

TOPIC = Topic(timeline={"MacroUsed": lambda data, _names: ""})
