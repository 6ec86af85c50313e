"""What happens in the guidance room."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsFound(TicketEvent):
    """A message shows signs of a difficult talk: `kind` is unsure, knows_better, rude or offended."""

    message_id: int
    kind: str
    confidence: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsDismissed(TicketEvent):
    """Whoever answers said that the signs were misread."""

    message_id: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookOpened(TicketEvent):
    """An agent called a playbook up by hand."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookSaved(Event):
    """The company changed a playbook."""

    subject: ClassVar[str] = "playbook"
    subject_id_field: ClassVar[str] = "playbook_id"

    playbook_id: int
    kind: str
    language: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalEvent(TicketEvent):
    """Base of what happens to a refusal of service; told on the ticket it was asked for on."""

    refusal_id: int
    customer_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalAsked(RefusalEvent):
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalApproved(RefusalEvent):
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalDeclined(RefusalEvent):
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalWithdrawn(RefusalEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalAppealed(RefusalEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalAppealDecided(RefusalEvent):
    """`lifted` ends the refusal; otherwise it stays."""

    lifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalEnded(RefusalEvent):
    """By hand, by its date, or by an appeal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCustomerWrote(RefusalEvent):
    """A message of a refused customer arrived and was given to whoever decided."""

    message_id: int
