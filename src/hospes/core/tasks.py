"""Timers of the core room."""

from datetime import timedelta

from procrastinate.contrib.django import app

from hospes.core import limits
from hospes.core.clock import now
from hospes.core.models import IdempotencyKey


@app.periodic(cron="17 3 * * *")
@app.task(name="core.forget_old", queueing_lock="core.forget_old")
def forget_old(timestamp: int) -> None:
    """Each night: drop rate counters and idempotency answers that nobody will ask for again."""
    limits.forget_old(now=now())
    IdempotencyKey.objects.filter(created_at__lt=now() - timedelta(days=2)).delete()
