"""Guided procedures: editing, running, where people drop out."""

from hospes.desk.topics import Topic
from hospes.desk.topics.workflows.lines import AUDIT, GROUP, TIMELINE

TOPIC = Topic(timeline=TIMELINE, audit=AUDIT, group=GROUP)
