"""The queues of the channels room that workers empty."""

import hospes.channels.voice.drains  # noqa: F401 - its own queues
from hospes.channels import inbound, notices, outbound, telling
from hospes.channels.chat import drains as chat_drains
from hospes.core import clock, drains

__all__ = ["chat_drains"]


def ingest_raw() -> int:
    """One batch of raw messages."""
    return inbound.ingest_waiting(now=clock.now())


def send_due() -> int:
    """One batch of deliveries."""
    return outbound.deliver_waiting(now=clock.now())


def mail_notices() -> int:
    """One batch of agents' notifications by mail."""
    return notices.mail_waiting(now=clock.now())


def tell_waiting() -> int:
    """One batch of what customers are told of our reading and writing."""
    return telling.tell_waiting(now=clock.now())


drains.register("raw", ingest_raw, every=2.0)
drains.register("deliveries", send_due, every=1.0)
drains.register(telling.QUEUE, tell_waiting, every=5.0)
drains.register("notices", mail_notices, every=10.0)
