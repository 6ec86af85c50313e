"""The queues of the automation room that workers empty."""

from hospes.automation import operations
from hospes.core import clock, drains


def sweep_rules() -> int:
    """One batch of a time rule that is due."""
    return operations.sweep(now=clock.now())


drains.register("rules", sweep_rules, every=15.0)
