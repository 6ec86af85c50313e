"""The timer of refusals: those whose date has come end."""

from hospes.core import clock
from hospes.core.drains import register
from hospes.guidance.operations.refusals import end_due_refusals


def end_due() -> int:
    """One batch."""
    return end_due_refusals(now=clock.now())


register("refusals", end_due, every=30.0)
