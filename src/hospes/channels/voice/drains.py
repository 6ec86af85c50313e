"""The queues of calls by phone that workers empty."""

from hospes.channels.voice import carrying
from hospes.core import clock, drains


def carry_out() -> int:
    """One batch of what the provider is to do; woken by each order."""
    return carrying.carry_out(now=clock.now())


def fetch_recordings() -> int:
    """One batch of recordings that the provider keeps."""
    return carrying.fetch_recordings(now=clock.now())


drains.register("call_orders", carry_out, every=1.0)
drains.register("call_recordings", fetch_recordings, every=5.0)
