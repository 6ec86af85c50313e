"""Timers of the customers room."""

from procrastinate.contrib.django import app

from hospes.core.clock import now
from hospes.customers import operations


@app.periodic(cron="41 3 * * *")
@app.task(name="customers.forget_old_codes", queueing_lock="customers.forget_old_codes")
def forget_old_codes(timestamp: int) -> None:
    """Each night: drop portal sign-ins that nobody can use any more."""
    operations.forget_old_codes(now=now())
