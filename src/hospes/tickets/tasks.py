"""Timers of the tickets room."""

from procrastinate.contrib.django import app

from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations


@app.periodic(cron="* * * * *")
@app.task(name="tickets.wake_snoozed", queueing_lock="tickets.wake_snoozed", pass_context=False)
def wake_snoozed(timestamp: int) -> None:
    """Each minute: bring back snoozed tickets that are due."""
    while operations.wake_snoozed(now=now(), actor=SYSTEM) == 200:
        pass


@app.periodic(cron="23 3 * * *")
@app.task(name="tickets.forget_old_uploads", queueing_lock="tickets.forget_old_uploads")
def forget_old_uploads(timestamp: int) -> None:
    """Each night: drop uploads that were never sent."""
    operations.forget_old_uploads(now=now())
