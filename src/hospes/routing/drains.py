"""The queue of the routing room that workers empty: woken by each nudge, and looked at each second for timers."""

from hospes.core import clock, drains
from hospes.routing.operations import work_through


def route_due() -> int:
    """One batch of nudges and timers."""
    return work_through(now=clock.now())


drains.register("routing", route_due, every=1.0)
