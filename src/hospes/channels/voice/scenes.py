"""Which scene a line is in, by the call's state: reads only. What happened is written before, by one operation."""

from datetime import datetime
from typing import Any, Final

from hospes.calls import menus, numbers, policies, queries
from hospes.calls.models import Call, CallPart, PhoneSetup
from hospes.calls.operations import phone
from hospes.calls.phones import countries_of, setup_of
from hospes.channels.queries import credential_of
from hospes.channels.voice.adapter import voices_of
from hospes.channels.voice.addresses import Addresses, room_of
from hospes.channels.voice.twiml import Scene
from hospes.channels.voice.words import Tongue, digits_apart
from hospes.tickets.models import Inbox

COMES_FROM: Final = frozenset({"consent", "menu"})


def tongue_for(inbox: Inbox, setup: PhoneSetup, language: str) -> Tongue:
    """How a person is spoken to: in their language where the inbox can, with the inbox's own texts and sounds."""
    at = Addresses(inbox.pk)
    audio = {lang: {key: at.sound(kept) for key, kept in lines.items()} for lang, lines in setup.audio.items()}
    return Tongue(language or inbox.language, voices_of(credential_of(inbox.pk)), setup.texts, audio)


def caller_scene(
    call: Call, *, step: int, now: datetime, first: bool = False, again: bool = False, hook: str = ""
) -> Scene:
    """What the caller hears next; `step` is in the address that follows, `hook` what they come from."""
    setup = setup_of(call.inbox)
    tongue = tongue_for(call.inbox, setup, str(call.facts.get("language") or ""))
    at = Addresses(call.inbox_id)
    kind = _kind(call)
    if kind == "talk":
        return talk_scene(call, setup, tongue, next_url=at.caller(call.pk, step, "after"), label="customer")
    more: dict[str, Any] = {
        "kind": kind,
        "tongue": tongue,
        "first": first,
        "again": again,
        "entering": hook in COMES_FROM,
    }
    if kind == "consent":
        return Scene(**more, next=at.caller(call.pk, step, "consent"))
    if kind == "menu":
        path = call.facts.get("path", [])
        entries = menus.level(setup.menu, path)
        keys = tuple((key, menus.label_of(entry, tongue.spoken)) for key, entry in sorted(entries.items()))
        return Scene(
            **more, next=at.caller(call.pk, step, "menu"), keys=keys, any_digits=bool(setup.extensions),
            extensions=bool(setup.extensions) and (first or hook == "consent"),
        )  # fmt: skip
    if kind == "wait":
        usual = queries.usual_wait(call.inbox_id, now=now)
        waited = now - (call.queued_at or call.started_at)
        minutes = max(0, round((usual - waited).total_seconds() / 60)) if usual is not None else 0
        return Scene(
            **more, next=at.caller(call.pk, step, "wait"), position=queries.position_of(call),
            minutes=minutes, offer=setup.offer_callback and bool(countries_of(call.inbox)),
            music=tongue.sound("music") or at.music,
        )  # fmt: skip
    if kind in {"number", "number_kept"}:
        number = str(call.facts.get("callback") or call.from_number)
        return Scene(
            **more, next=at.caller(call.pk, step, "number"), number=digits_apart(number),
            closed=first and bool(call.facts.get("closed")),
        )  # fmt: skip
    if kind == "voicemail":
        return Scene(
            **more, next=at.caller(call.pk, step, "recorded"), closed=first and bool(call.facts.get("closed")),
            seconds=setup.voicemail_seconds,
        )  # fmt: skip
    return Scene(**more)


def _kind(call: Call) -> str:
    place = str(call.facts.get("at") or "wait")
    if call.state == policies.ENDED:
        return place if place in {"number_kept", "voicemail_kept"} else "goodbye"
    if call.state in {policies.TALKING, policies.HELD}:
        return "talk"
    if call.state == policies.VOICEMAIL:
        return "voicemail"
    return place if place in {"consent", "menu", "number"} else "wait"


def talk_scene(
    call: Call, setup: PhoneSetup, tongue: Tongue, *, next_url: str, label: str, back: bool = False
) -> Scene:
    """Into the room in which they talk. It is recorded only when the customer was told so and did not refuse. A
    customer whom we call chooses when one of ours is in the room already: then their line is recorded, not the room."""
    at = Addresses(call.inbox_id)
    recorded = setup.record and call.facts.get("consent") == phone.TOLD
    incoming = call.direction == Call.Direction.IN
    return Scene(
        kind="talk", tongue=tongue, next=next_url, room=room_of(call.pk), record=recorded and incoming,
        record_line=recorded and back, back=back and not setup.record, name=call.inbox.name, label=label,
        recording_url=at.news(call.pk, "recording"), status_url=at.news(call.pk, "conference"),
    )  # fmt: skip


def part_scene(part: CallPart, *, step: int, hook: str) -> Scene:
    """What somebody hears whom we rang: one of ours is told who calls, the customer goes straight into the room."""
    call = part.call
    setup = setup_of(call.inbox)
    at = Addresses(call.inbox_id)
    language = part.agent.language if part.agent is not None else str(call.ticket.language)
    tongue = tongue_for(call.inbox, setup, language)
    after = at.part(part.pk, step, "after")
    if part.state in policies.IN:
        customer = part.kind == policies.CUSTOMER
        return talk_scene(call, setup, tongue, next_url=after, label=f"part-{part.pk}", back=customer)
    if part.kind == policies.CUSTOMER:
        asks = part.state == policies.RINGING and hook == "answered"
        if asks:
            return Scene(
                kind="consent", tongue=tongue, next=at.part(part.pk, step, "consent"), back=True, name=call.inbox.name
            )
        return Scene(kind="hang_up" if part.state == policies.MISSED else "trouble", tongue=tongue)
    if part.state == policies.RINGING and hook == "answered":
        name = call.customer.name if call.customer is not None and call.customer.name else ""
        number = call.from_number if call.direction == Call.Direction.IN else call.to_number
        return Scene(
            kind="whisper", tongue=tongue, next=at.part(part.pk, step, "key"), subject=call.ticket.subject,
            name=name or digits_apart(numbers.shown(number)), back=call.direction == Call.Direction.OUT,
        )  # fmt: skip
    return Scene(kind="hang_up" if part.state == policies.RINGING else "gone", tongue=tongue)
