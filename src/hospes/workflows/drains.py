"""What workers do for workflows: runs whose time has come, addresses to be called."""

from hospes.core import clock, drains
from hospes.workflows import operations


def _wake() -> int:
    return operations.wake_due(now=clock.now())


def _call() -> int:
    return operations.call_due(now=clock.now())


drains.register("workflow_timers", _wake, every=5.0)
drains.register("workflow_calls", _call, every=5.0)
