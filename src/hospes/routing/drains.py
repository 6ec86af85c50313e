"""The queue of the routing room that workers empty: woken by each nudge, and looked at each second for timers."""

from hospes.core import clock, drains
from hospes.routing.operations import take_steps, work_through


def route_due() -> int:
    """One batch of nudges and timers."""
    return work_through(now=clock.now())


drains.register("routing", route_due, every=1.0)


def escalate() -> int:
    """Take the steps of chains that are due while customers wait."""
    return take_steps(now=clock.now())


drains.register("escalation", escalate, every=1.0)
