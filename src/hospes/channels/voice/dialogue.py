"""The talk with the provider, hook by hook: read what it says, one operation, the scene that follows.

Each line (the caller's, and that of everybody whom we rang) has a step that stands in the address of the next hook. A
hook with the present step is new. The very same request again gets the answer that it got. Everything else is old: it
is refused and changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from hospes.calls import numbers, policies
from hospes.calls.models import Call, CallPart
from hospes.calls.operations import callbacks, phone, provided
from hospes.calls.operations.base import join, miss
from hospes.calls.operations.seeking import CALLS
from hospes.calls.phones import setup_of
from hospes.channels import inbound, operations
from hospes.channels.adapter import Refused
from hospes.channels.models import RawMessage
from hospes.channels.voice import scenes, twiml
from hospes.channels.voice.addresses import Addresses
from hospes.core.actors import Actor
from hospes.core.errors import HospesError
from hospes.customers import queries as customers
from hospes.tickets.models import Inbox, Message

WRONG_NUMBERS: Final = 2
# Who answered, as "Answering Machine Detection" names it; "human" and "unknown" are talked with.
MACHINES: Final = ("machine", "fax")
OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One verified request: its form, and what makes it the same as another."""

    form: Mapping[str, str]
    digest: str
    now: datetime

    def get(self, name: str) -> str:
        """A value of the form, without spaces around it."""
        return self.form.get(name, "").strip()


# The first ring -------------------------------------------------------------------------------------


def first_ring(inbox: Inbox, asked: Asked) -> str:
    """Somebody calls: a ticket through the gate, then the call on it. The same call again gets the same answer."""
    call_id = asked.get("CallSid")
    known = Call.objects.filter(provider_id=call_id, inbox=inbox).first()
    if known is not None:
        return _known_again(known, asked)
    if asked.get("CallStatus") in OVER:
        return twiml.written(twiml.Scene("hang_up"))
    number = numbers.hidden(asked.get("From"))
    if number and customers.is_blocked(number):
        operations.count_call(inbox=inbox, outcome="blocked", now=asked.now)
        RawMessage.objects.filter(inbox=inbox, external_id=f"{call_id}:").delete()
        return twiml.written(twiml.Scene("reject"))
    message = _through_the_gate(inbox, call_id, asked.now)
    if message is None:  # another worker is at it
        return twiml.written(twiml.Scene("moment", next=Addresses(inbox.pk).root))
    ticket = message.ticket
    call = phone.take_incoming(
        ticket=ticket, inbox=inbox, provider_id=call_id, number=number, language=_language(inbox, message),
        verified=asked.get("StirVerstat").startswith("TN-Validation-Passed-A"), now=asked.now,
    )  # fmt: skip
    return _answered(call, asked, first=True, line=phone.CUSTOMER, step=1)


def _through_the_gate(inbox: Inbox, call_id: str, now: datetime) -> Message | None:
    raw = RawMessage.objects.filter(inbox=inbox, external_id=f"{call_id}:").first()
    if raw is not None and raw.message_id is None:
        inbound.ingest(raw.pk, now=now)
        raw.refresh_from_db()
    if raw is None or raw.message_id is None:
        return None
    return Message.objects.select_related("ticket__customer").get(pk=raw.message_id)


def _language(inbox: Inbox, message: Message) -> str:
    known = message.ticket.customer.language
    return known.partition("-")[0] if known else inbox.language


def _known_again(call: Call, asked: Asked) -> str:
    """The provider calls the number's own address again: at the beginning that is a repetition; later it tells that
    the call is over (the address may be set for changes of status as well)."""
    if asked.get("CallStatus") in OVER and asked.get("CallStatus") != "":
        part = call.parts.filter(kind=policies.CUSTOMER, provider_id=call.provider_id).first()
        if part is not None and call.state != policies.ENDED:
            phone.line_closed(part=part, status="completed", now=asked.now)
        return twiml.written(twiml.Scene("hang_up"))
    line = call.facts.get("lines", {}).get(phone.CUSTOMER, {})
    if line.get("step") != 1:
        raise Refused("replayed")
    return str(line["answer"])


# Steps ----------------------------------------------------------------------------------------------


def step_on(
    call: Call, asked: Asked, *, line: str, step: int, act: Callable[[], None], scene: Callable[[int], twiml.Scene]
) -> str:
    """Take a hook once: the present step acts and goes on, the same request again hears the same, others are old."""
    with transaction.atomic():
        held = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
        known = held.facts.get("lines", {}).get(line, {"step": 0})
        if step != known["step"]:
            if step == known["step"] - 1 and known.get("digest") == asked.digest:
                return str(known["answer"])
            raise Refused("replayed")
        act()
        answer = twiml.written(scene(step + 1))
        phone.note_line(call_id=call.pk, line=line, step=step + 1, digest=asked.digest, answer=answer, now=asked.now)
    return answer


def _answered(call: Call, asked: Asked, *, first: bool, line: str, step: int) -> str:
    fresh = Call.objects.select_related("inbox", "ticket").get(pk=call.pk)
    answer = twiml.written(scenes.caller_scene(fresh, step=step, now=asked.now, first=first))
    phone.note_line(call_id=call.pk, line=line, step=step, digest=asked.digest, answer=answer, now=asked.now)
    return answer


def caller_hook(call: Call, hook: str, step: int, asked: Asked) -> str:
    """A hook of the caller's line. Raises Refused for an old one."""
    again = False

    def act() -> None:
        nonlocal again
        again = CALLER_HOOKS[hook](call, asked)

    def scene(following: int) -> twiml.Scene:
        fresh = Call.objects.select_related("inbox", "ticket").get(pk=call.pk)
        return scenes.caller_scene(fresh, step=following, now=asked.now, again=again, hook=hook)

    return step_on(call, asked, line=phone.CUSTOMER, step=step, act=act, scene=scene)


def go_on(call: Call, order_id: int, asked: Asked) -> str:
    """The provider asks again because we told it to: whatever the state is now is what the line hears next."""
    with transaction.atomic():
        held = Call.objects.select_for_update(of=("self",)).select_related("inbox", "ticket").get(pk=call.pk)
        known = held.facts.get("lines", {}).get(phone.CUSTOMER, {"step": 0})
        if known.get("digest") == asked.digest:
            return str(known["answer"])
        if order_id <= int(held.facts.get("went_on") or 0):
            raise Refused("replayed")
        phone.keep(call_id=call.pk, now=asked.now, went_on=order_id)
        held.refresh_from_db()
        return _answered(held, asked, first=False, line=phone.CUSTOMER, step=known["step"] + 1)


# What callers do ------------------------------------------------------------------------------------


def _consented(call: Call, asked: Asked) -> bool:
    """They heard of the recording. Who knows the menu may press its keys at once."""
    if call.state != policies.MENU or call.facts.get("at") != "consent":
        return False
    digits = asked.get("Digits")
    phone.told_of_recording(call_id=call.pk, digits=digits, now=asked.now)
    phone.go_in(call_id=call.pk, now=asked.now)
    fresh = Call.objects.get(pk=call.pk)
    if digits in {"", phone.REFUSES} or fresh.state != policies.MENU:
        return False
    return phone.choose(call_id=call.pk, digits=digits, now=asked.now).to == "again"


def _pressed(call: Call, asked: Asked) -> bool:
    if call.state != policies.MENU:
        return False
    return phone.choose(call_id=call.pk, digits=asked.get("Digits"), now=asked.now).to == "again"


def _waited(call: Call, asked: Asked) -> bool:
    setup = setup_of(call.inbox)
    if asked.get("Digits") == "1" and setup.offer_callback and call.state in {policies.QUEUED, policies.RINGING}:
        phone.keep(call_id=call.pk, now=asked.now, at="number")
    return False


def _numbered(call: Call, asked: Asked) -> bool:
    """A number to call back: 1 for the one they call from. After wrong ones they wait on (or leave a message)."""
    if call.state not in {policies.MENU, policies.QUEUED, policies.RINGING}:
        return False
    digits = asked.get("Digits")
    number = call.from_number if digits == "1" and call.from_number else digits
    if digits.startswith("00"):
        number = "+" + digits[2:]
    try:
        with transaction.atomic():
            actor = Actor(kind="customer", id=call.ticket.customer_id, name=call.ticket.customer.name, via="voice")
            made = callbacks.request_callback(
                number=number, source="queue", actor=actor, now=asked.now, customer=call.ticket.customer,
                ticket=call.ticket, inbox=call.inbox,
            )  # fmt: skip
            phone.keep(call_id=call.pk, now=asked.now, callback=made.number)
            phone.farewell(call_id=call.pk, now=asked.now, at="number_kept")
    except HospesError:
        return _wrong_number(call, asked)
    return False


def _wrong_number(call: Call, asked: Asked) -> bool:
    wrong = int(call.facts.get("wrong") or 0) + 1
    phone.keep(call_id=call.pk, now=asked.now, wrong=wrong, at="number" if wrong < WRONG_NUMBERS else "wait")
    if wrong >= WRONG_NUMBERS and call.state == policies.MENU:
        phone.to_voicemail(call_id=call.pk, now=asked.now)
    return True


def _recorded(call: Call, asked: Asked) -> bool:
    if call.state != policies.VOICEMAIL:
        return False
    phone.farewell(call_id=call.pk, now=asked.now, at="voicemail_kept")
    return False


def _after(call: Call, asked: Asked) -> bool:
    """The talk is over for the caller."""
    part = call.parts.filter(kind=policies.CUSTOMER, provider_id=call.provider_id).first()
    if part is not None:
        phone.line_closed(part=part, status="completed", now=asked.now)
    return False


CALLER_HOOKS: Final[dict[str, Callable[[Call, Asked], bool]]] = {
    "consent": _consented,
    "menu": _pressed,
    "wait": _waited,
    "number": _numbered,
    "recorded": _recorded,
    "after": _after,
}


# Lines that we opened -------------------------------------------------------------------------------


def part_hook(part: CallPart, hook: str, step: int, asked: Asked) -> str:
    """A hook of the line of somebody whom we rang: they picked up (or a machine did), were told of the recording,
    pressed a key, or came out of the room."""

    def act() -> None:
        ours = part.kind in policies.STAFF
        ringing = CallPart.objects.get(pk=part.pk).state == policies.RINGING
        if hook == "after" or (hook == "key" and not asked.get("Digits")):
            phone.line_closed(part=part, status="no-answer", now=asked.now)
        elif ringing and not ours and asked.get("AnsweredBy").startswith(MACHINES):
            miss(part=part, actor=CALLS, now=asked.now, why="machine")
        elif ringing and hook == _joins(part):
            if hook == "consent":
                phone.told_of_recording(call_id=part.call_id, digits=asked.get("Digits"), now=asked.now)
            join(part=part, actor=CALLS, now=asked.now, provider_id=asked.get("CallSid"))

    def scene(following: int) -> twiml.Scene:
        fresh = CallPart.objects.select_related("call__inbox", "call__ticket", "call__customer", "agent").get(
            pk=part.pk
        )
        return scenes.part_scene(fresh, step=following, hook=hook)

    return step_on(part.call, asked, line=str(part.pk), step=step, act=act, scene=scene)


def _joins(part: CallPart) -> str:
    """The hook by which somebody is in the call: ours press a key, customers hear of a recording where there is one."""
    if part.kind in policies.STAFF:
        return "key"
    return "consent" if setup_of(part.call.inbox).record else "answered"


def part_status(part: CallPart, asked: Asked) -> None:
    """A line that we opened is closed."""
    if asked.get("CallStatus") in OVER:
        phone.line_closed(part=part, status=asked.get("CallStatus"), now=asked.now)


# News that are no steps ------------------------------------------------------------------------------


def conference(call: Call, asked: Asked) -> None:
    """Somebody came into the room, or went."""
    if asked.get("ConferenceSid"):
        phone.note_conference(call_id=call.pk, conference=asked.get("ConferenceSid"), now=asked.now)
    part = call.parts.exclude(provider_id="").filter(provider_id=asked.get("CallSid")).first()
    if part is not None and asked.get("StatusCallbackEvent") == "participant-leave":
        phone.line_closed(part=part, status="completed", now=asked.now)


def recorded_talk(call: Call, asked: Asked) -> None:
    """A recording of the talk is ready at the provider; none is kept of somebody who refused it."""
    if call.facts.get("consent") == "no":
        return
    if asked.get("RecordingStatus") in {"completed", ""} and asked.get("RecordingSid"):
        seconds = asked.get("RecordingDuration")
        provided.note_recording(
            call_id=call.pk, provider_id=asked.get("RecordingSid"), source=asked.get("RecordingUrl") or "provider",
            seconds=float(seconds) if seconds.isdigit() else 0.0, now=asked.now,
        )  # fmt: skip
        phone.record_from_now(call_id=call.pk, now=asked.now)
