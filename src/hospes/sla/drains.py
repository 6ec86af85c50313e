"""The queues of service levels: clocks that a timer must look at, and edits being applied to open tickets."""

from datetime import datetime

from hospes.core import clock, drains
from hospes.sla import operations
from hospes.staff.queries import database_now


def agreed_now() -> datetime:
    """The present as this machine and the database both have it, the earlier of the two: a worker whose clock jumps
    ahead must not call anybody late."""
    return min(clock.now(), database_now())


def ring_clocks() -> int:
    """Warn of and call late what is due."""
    return operations.ring(now=agreed_now())


def apply_edits() -> int:
    """A bit of what is being applied to open tickets."""
    return operations.work_through(now=clock.now())


drains.register("clocks", ring_clocks, every=1.0)
drains.register("sla_edits", apply_edits, every=2.0)
