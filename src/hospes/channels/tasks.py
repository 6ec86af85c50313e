"""Timers of the channels room."""

from procrastinate.contrib.django import app

from hospes.channels import operations, templates
from hospes.channels.chat import visitors as chat
from hospes.core.clock import now


@app.periodic(cron="41 3 * * *")
@app.task(name="channels.forget_calls", queueing_lock="channels.forget_calls")
def forget_calls(timestamp: int) -> None:
    """Each night: forget webhook calls that no provider repeats any more."""
    operations.forget_calls(now=now())


@app.periodic(cron="17 2 * * *")
@app.task(name="channels.sync_templates", queueing_lock="channels.sync_templates")
def sync_templates(timestamp: int) -> None:
    """Each night: learn which templates the providers have approved."""
    templates.sync_all(now=now())


@app.periodic(cron="52 3 * * *")
@app.task(name="channels.forget_chats", queueing_lock="channels.forget_chats")
def forget_chats(timestamp: int) -> None:
    """Each night: forget visitors who said nothing and cannot come back, and files that were never sent."""
    while chat.forget(now=now()) >= chat.FORGET_AT_ONCE:
        pass
