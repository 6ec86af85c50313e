"""What calls do because of what happened."""

from typing import cast

import hospes.calls.ringing  # noqa: F401 - heard from the start
from hospes.calls import events
from hospes.calls.operations.browser import tell_unanswered
from hospes.calls.operations.transcripts import want_transcript
from hospes.core import clock
from hospes.core.events import Happened, subscribe


@subscribe(events.RecordingReady)
def want_it_written_down(happened: Happened) -> None:
    """Speech becomes text, where an address is set."""
    want_transcript(recording_id=cast(events.RecordingReady, happened.event).recording_id, now=clock.now())


@subscribe(events.CallEnded)
def tell_of_a_missed_call(happened: Happened) -> None:
    """Somebody called and nobody answered."""
    event = cast(events.CallEnded, happened.event)
    if event.direction == "in" and not event.answered:
        tell_unanswered(call_id=event.call_id, event_id=happened.id, now=clock.now())
