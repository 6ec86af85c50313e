"""Calls as the screens want them: rows of the panel, the state of a running call, what rings, transcripts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.calls import policies
from hospes.calls.models import Call, CallPart, Recording, Transcript
from hospes.customers.queries import emails_of
from hospes.desk.shapes.times import span

ICONS = {"phone": "phone", "browser": "phone", "video": "video"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording as a line: `state` is open, waiting, ready or failed; `text` the transcript's state or ""."""

    token: str
    state: str
    voicemail: bool
    length: str
    words: str
    text: str
    text_words: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Row:
    """A call as a line of the panel."""

    call: Call
    icon: str
    length: str
    answered: bool
    running: bool
    outcome: str
    unrecorded: bool
    heard: tuple[Heard, ...]


def outcomes() -> list[tuple[str, str]]:
    """What may have come of a call."""
    words = {
        "solved": _("Solved"),
        "to_follow": _("Something is still to be done"),
        "call_again": _("Call again"),
        "not_reached": _("Not reached"),
        "wrong_number": _("Wrong number"),
        "other": _("Something else"),
    }
    return [(value, words[value]) for value in policies.OUTCOMES]


def length_of(seconds: float) -> str:
    """A length in short words."""
    return span(seconds, length="short") if seconds >= 60 else _("%(n)d s") % {"n": round(seconds)}


def row_of(call: Call) -> Row:
    """A call with what was recorded of it; nothing more is asked of the database."""
    seconds = (call.ended_at - call.answered_at).total_seconds() if call.ended_at and call.answered_at else 0
    return Row(
        call=call,
        icon=ICONS.get(call.medium, "phone"),
        length=length_of(seconds) if seconds else "",
        answered=call.answered_at is not None,
        running=call.state != policies.ENDED,
        outcome=dict(outcomes()).get(call.outcome, ""),
        unrecorded=call.facts.get("consent") == "no",
        heard=tuple(heard_of(one) for one in call.recordings.all()),
    )


def heard_of(recording: Recording) -> Heard:
    """A recording as a line."""
    transcript: Transcript | None = getattr(recording, "transcript", None)
    return Heard(
        token=recording.token,
        state=recording.state,
        voicemail=recording.kind == Recording.Kind.VOICEMAIL,
        length=length_of(recording.seconds) if recording.seconds else "",
        words=recording.words,
        text=transcript.state if transcript is not None else "",
        text_words=transcript.words if transcript is not None else "",
        excerpt=transcript.text[:160] if transcript is not None else "",
    )


def name_of(call: Call) -> str:
    """Who calls: their name, else the number or an address of theirs."""
    if call.customer is None:
        return call.from_number
    return call.customer.name or call.from_number or next(iter(emails_of(call.customer)), "")


def ringing_of(part: CallPart) -> dict[str, Any]:
    """What the ringing screen says: who calls, what about, how long they wait."""
    call = part.call
    ticket, customer = call.ticket, call.customer
    return {
        "call": call.pk,
        "part": part.pk,
        "kind": part.kind,
        "medium": call.medium,
        "phone": call.medium == Call.Medium.PHONE,
        "customer": name_of(call),
        "vip": bool(customer and customer.vip),
        "subject": ticket.subject,
        "number": ticket.number,
        "words": ticket.last_words if ticket.last_from_customer else "",
        "since": (call.queued_at or call.started_at).isoformat(),
        "url": reverse("desk:call_window", args=[call.pk]),
        "expert": part.kind == policies.EXPERT,
    }


def state_of(call: Call, *, now: datetime) -> dict[str, Any]:
    """How a call stands, for its window."""
    parts = list(call.parts.select_related("agent").order_by("id"))
    return {
        "state": call.state,
        "medium": call.medium,
        "consent": call.facts.get("consent", ""),
        "recorded": call.recorded,
        "outcome": call.outcome,
        "notes": call.notes,
        "answered_seconds": int((now - call.answered_at).total_seconds()) if call.answered_at else None,
        "parts": [
            {"id": p.pk, "kind": p.kind, "name": p.name, "state": p.state, "agent": p.agent_id}
            for p in parts
            if p.state in {*policies.IN, policies.RINGING} or p.kind == policies.CUSTOMER
        ],
        "can_transcribe": bool(settings.TRANSCRIBE_URL),
    }
