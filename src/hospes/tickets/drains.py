"""Queues of the tickets room that workers empty: the clocks of work orders."""

from hospes.core import clock, drains
from hospes.tickets import operations


def watch_work_orders() -> int:
    """Warn before work orders are due, and when they are late."""
    return operations.watch_work_orders(now=clock.now())


drains.register("work_orders", watch_work_orders, every=5.0)
