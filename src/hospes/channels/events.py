"""What happens on the way in and out."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.channels.chat import events as chat_events
from hospes.core.events import Event

__all__ = ["ContactPointChanged", "RawMessageFailed", "chat_events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessageFailed(Event):
    """A raw message could not be understood by any means and waits for somebody."""

    subject: ClassVar[str] = "raw"
    subject_id_field: ClassVar[str] = "raw_id"

    raw_id: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPointChanged(Event):
    """What is said in public of a way to reach us was changed, or the way was made or taken away."""

    subject: ClassVar[str] = "contact_point"
    subject_id_field: ClassVar[str] = "point_id"

    point_id: int
    label: str = ""
    what: str = "changed"
