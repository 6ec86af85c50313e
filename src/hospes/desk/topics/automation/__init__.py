"""Rules, their log, webhooks."""

from hospes.desk.topics import Topic

TOPIC = Topic()
