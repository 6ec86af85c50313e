"""Timers of the incidents room."""

from procrastinate.contrib.django import app

from hospes.core.clock import now
from hospes.incidents import operations


@app.periodic(cron="41 3 * * *")
@app.task(name="incidents.forget", queueing_lock="incidents.forget")
def forget(timestamp: int) -> None:
    """Each night: old signs, rare words, and addresses whose owner never agreed."""
    operations.forget_signs(now=now())
    operations.forget_unconfirmed(now=now())
