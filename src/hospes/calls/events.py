"""What happens in calls. All stand on the ticket's timeline; ids and scalars only."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event
from hospes.tickets.events import TicketEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(TicketEvent):
    """Base of what happens in a call; `medium` is phone, browser or video."""

    call_id: int
    medium: str = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    """Somebody calls: `direction` is in or out."""

    direction: str = "in"
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(CallEvent):
    """The caller waits for somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRang(CallEvent):
    """Somebody is rung: `kind` is customer, agent or expert."""

    part_id: int
    kind: str = "agent"
    agent_id: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMissed(CallEvent):
    """Somebody who was rung did not answer: `why` is "no-answer", "busy", "declined", "failed", "withdrawn",
    "machine"."""

    part_id: int
    kind: str = "agent"
    agent_id: int | None = None
    who: str = ""
    why: str = "no-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered(CallEvent):
    """The first time that customer and agent talk; `waited_seconds` is what the customer waited."""

    agent_id: int | None = None
    waited_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallJoined(CallEvent):
    """Somebody further came in: an expert, the second agent of a warm transfer, somebody the customer brought."""

    part_id: int
    kind: str = "expert"
    agent_id: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHeld(CallEvent):
    part_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    part_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLeft(CallEvent):
    """Somebody left while the others talk on."""

    part_id: int
    kind: str = "agent"
    agent_id: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMoved(CallEvent):
    """The call is another agent's affair now (the end of a transfer)."""

    from_agent_id: int | None = None
    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """It is over. `seconds` of talk (0: nobody was reached), `by` is customer, agent, system or failed."""

    direction: str = "in"
    seconds: int = 0
    by: str = ""
    answered: bool = False
    voicemail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNoted(CallEvent):
    """The agent wrote down what came of it."""

    outcome: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReady(CallEvent):
    """A recording or a voicemail can be heard."""

    recording_id: int
    kind: str = "talk"
    seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(CallEvent):
    """A recording could not be fetched; `words` are the provider's."""

    recording_id: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEvent(TicketEvent):
    """Base of what happens to a call-back."""

    callback_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequested(CallbackEvent):
    """A customer is to be called back; `source` is portal, chat, queue or agent."""

    number: str
    source: str
    wanted_from: str
    promised_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRescheduled(CallbackEvent):
    wanted_from: str
    promised_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCancelled(CallbackEvent):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackTried(CallbackEvent):
    """An attempt came to nothing: `why` is "agent" (nobody of ours picked up) or "customer"; the next one is at
    `next_try_at`."""

    why: str
    attempt: int
    next_try_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDone(CallbackEvent):
    """The customer was reached."""

    agent_id: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackGivenUp(CallbackEvent):
    """The customer was not reached, or the number cannot be called; `words` say why."""

    attempts: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLinkMade(TicketEvent):
    """A one-time link to a call was made: `kind` is customer or expert, `who` the name it was made for."""

    link_id: int
    medium: str
    kind: str = "customer"
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConsent(CallEvent):
    """The customer was asked whether the call may be recorded (`asked`), or said yes or no."""

    yes: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecording(CallEvent):
    """Recording begins (`on`) or stops."""

    recording_id: int
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPicture(CallEvent):
    """A still from the call was put onto the ticket."""

    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptReady(CallEvent):
    """What was said can be read and searched."""

    recording_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptFailed(CallEvent):
    """Speech could not be made text; `words` say why."""

    recording_id: int
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOrderFailed(CallEvent):
    """The provider did not do `what` (place, hold, resume, hang_up) for somebody in the call; `words` are its own."""

    part_id: int | None = None
    what: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOnLine(CallEvent):
    """In a call of ours the agent has picked up; the customer is rung next."""

    agent_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSetUp(Event):
    """How an inbox answers calls was changed."""

    subject: ClassVar[str] = "setup"
    subject_id_field: ClassVar[str] = "inbox_id"

    inbox_id: int
    label: str = ""
