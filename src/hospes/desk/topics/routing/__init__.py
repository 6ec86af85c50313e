"""How tickets find their owner: queues, strategies, the reason of each assignment."""

from hospes.desk.topics import Topic

TOPIC = Topic()
