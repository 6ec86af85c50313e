"""The queues of the calls room that workers empty."""

from hospes.calls.operations.browser import sweep
from hospes.calls.operations.dialling import dial_due
from hospes.calls.operations.phone import sweep_phones
from hospes.calls.operations.recordings import join_waiting
from hospes.calls.operations.seeking import seek_waiting
from hospes.calls.operations.transcripts import transcribe_waiting
from hospes.core import clock, drains


def notice_lost_lines() -> int:
    """One batch of browsers that are gone and agents who do not answer."""
    return sweep(now=clock.now())


def join_recordings() -> int:
    """One batch of recordings that browsers have sent in pieces."""
    return join_waiting(now=clock.now())


def write_down() -> int:
    """One batch of recordings to be made text."""
    return transcribe_waiting(now=clock.now())


drains.register("call_lines", notice_lost_lines, every=2.0)
drains.register("recordings", join_recordings, every=3.0)
drains.register("transcripts", write_down, every=5.0)


def dial_callbacks() -> int:
    """One batch of call-backs that are due."""
    return dial_due(now=clock.now())


def find_for_waiting() -> int:
    """Calls that wait while somebody became free."""
    return seek_waiting(now=clock.now())


drains.register("callbacks", dial_callbacks, every=5.0)
drains.register("call_seeking", find_for_waiting, every=3.0)


def notice_lost_phones() -> int:
    """One batch of callers of whom the provider says nothing any more."""
    return sweep_phones(now=clock.now())


drains.register("call_phones", notice_lost_phones, every=15.0)
