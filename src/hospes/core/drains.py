"""What a worker empties in batches as soon as a commit wakes it: a table of named queues.

A commit wakes the worker by NOTIFY on the channel `hospes_wake` with the queue's name (sent by triggers, so it
arrives after the rows are visible). Each queue is also looked at every `every` seconds, for timers and lost wakes.
"""

from collections.abc import Callable
from dataclasses import dataclass

from hospes.core import clock, outbox


@dataclass(frozen=True, slots=True)
class Drain:
    """`run()` does one batch and returns how many items it handled; 0 means the queue is empty for now."""

    name: str
    run: Callable[[], int]
    every: float = 5.0


DRAINS: dict[str, Drain] = {}


def register(name: str, run: Callable[[], int], *, every: float = 5.0) -> None:
    """Add a queue to those that workers empty. Called from a room's `drains.py` at start-up."""
    DRAINS[name] = Drain(name, run, every)


def drain_outbox() -> int:
    """One batch of event deliveries."""
    return outbox.drain(now=clock.now())


register("outbox", drain_outbox, every=2.0)
