"""The chat's queues that workers empty: unread answers by mail, talks by mail."""

from hospes.channels.chat import continued
from hospes.core import clock, drains


def continue_chats() -> int:
    """One batch of visitors who have left; what is done is no longer due."""
    return continued.continue_waiting(now=clock.now())


def send_transcripts() -> int:
    """One batch of talks by mail."""
    return continued.send_transcripts(now=clock.now())


drains.register("chat_continued", continue_chats, every=15.0)
drains.register("chat_transcripts", send_transcripts, every=5.0)
