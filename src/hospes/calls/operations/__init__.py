"""Every write of calls. Import the operations from here."""

from hospes.calls.operations.base import (
    begin_call,
    end_call,
    hold,
    join,
    leave,
    miss,
    move_call,
    note_call,
    resume,
    ring,
)

__all__ = [
    "begin_call",
    "end_call",
    "hold",
    "join",
    "leave",
    "miss",
    "move_call",
    "note_call",
    "resume",
    "ring",
]
