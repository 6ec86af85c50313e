"""What is forgotten once a day: old deliveries, calls, and the log of rules."""

from procrastinate.contrib.django import app

from hospes.automation.operations import calls, log, webhooks
from hospes.core.clock import now


@app.periodic(cron="40 3 * * *")
@app.task(name="automation.forget_old", queueing_lock="automation.forget_old")
def forget_old(timestamp: int) -> None:
    """Each night."""
    webhooks.forget_old(now=now())
    calls.forget_old_calls(now=now())
    log.forget_old_runs(now=now())
