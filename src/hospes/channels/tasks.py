"""Timers of the channels room."""

from procrastinate.contrib.django import app

from hospes.channels import operations
from hospes.core.clock import now


@app.periodic(cron="41 3 * * *")
@app.task(name="channels.forget_calls", queueing_lock="channels.forget_calls")
def forget_calls(timestamp: int) -> None:
    """Each night: forget webhook calls that no provider repeats any more."""
    operations.forget_calls(now=now())
