"""Timers of the routing room."""

from procrastinate.contrib.django import app

from hospes.core.clock import now
from hospes.routing import operations


@app.periodic(cron="* * * * *")
@app.task(name="routing.look_around", queueing_lock="routing.look_around", pass_context=False)
def look_around(timestamp: int) -> None:
    """Each minute: whoever is here with room while something waits is looked at."""
    operations.look_around(now=now())


@app.periodic(cron="41 3 * * *")
@app.task(name="routing.recount", queueing_lock="routing.recount", pass_context=False)
def recount(timestamp: int) -> None:
    """Each night: count anew what everybody carries."""
    operations.recount(now=now())


@app.periodic(cron="47 3 * * *")
@app.task(name="routing.forget_old_runs", queueing_lock="routing.forget_old_runs", pass_context=False)
def forget_old_runs(timestamp: int) -> None:
    """Each night: drop escalation chains that ended long ago."""
    operations.forget_old_runs(now=now())
