"""What every call has in common, whatever carries it: it begins, rings, is joined, held, left and ended.

Each operation takes the call under its lock, asks `policies` what becomes of it, writes the difference and tells it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.calls import events, policies
from hospes.calls.models import Call, CallPart
from hospes.calls.queries import line_of, may_see
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.core.text import storable, storable_json
from hospes.customers.models import Customer
from hospes.staff.models import Agent
from hospes.tickets.models import Inbox, Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket

MAX_PARTS = 12


@dataclass
class Held:
    """A call under its lock with its parts, and what is to be told at the end."""

    call: Call
    parts: list[CallPart]
    told: list[Event] = field(default_factory=list)

    @property
    def line(self) -> policies.Line:
        """The call as the rules see it."""
        return line_of(self.call, self.parts)

    def part(self, part_id: int) -> CallPart:
        """A part of this call. Raises NotFound."""
        found = next((p for p in self.parts if p.pk == part_id), None)
        if found is None:
            raise NotFound
        return found

    def ids(self) -> dict[str, Any]:
        """What every event of the call says."""
        return {**ids_after(self.call.ticket), "call_id": self.call.pk, "medium": self.call.medium}

    def of(self, part: CallPart) -> dict[str, Any]:
        """What every event of a part says."""
        return {**self.ids(), "part_id": part.pk, "kind": part.kind, "agent_id": part.agent_id, "who": part.name}


def lock_call(call_id: int, actor: Actor, *, right: str = "") -> Held:
    """A call under its lock. Raises NotFound when the actor may not see it, NotAllowed for a missing right."""
    if right:
        actor.require(right)
    call = Call.objects.select_for_update(of=("self",)).select_related("ticket").filter(pk=call_id).first()
    if call is None:
        raise NotFound
    parts = list(CallPart.objects.filter(call=call).order_by("id"))
    if actor.kind == "agent" and not may_see(actor, call, parts):
        raise NotFound
    return Held(call, parts)


def ruled(step: Any, *args: Any) -> policies.Line:
    """Ask the rules; what they refuse is said in words. Raises Conflict."""
    try:
        after: policies.Line = step(*args)
    except policies.Impossible as error:
        raise Conflict(_refusal(error.why), code=f"call-{error.why}") from error
    return after


def _refusal(why: str) -> str:
    return {
        "ended": _("This call has ended."),
        "busy": _("Somebody is being rung already."),
        "twice": _("This person is in the call already."),
        "unknown": _("This person is not in the call."),
    }.get(why, _("The call is not at this point any more."))


def apply(held: Held, after: policies.Line, *, now: datetime, by: str = "") -> None:
    """Write what the rules decided: times of parts, the call's state and times. Those who were rung and are not any
    more are told of."""
    states = {p.key: p.state for p in after.parts}
    for part in held.parts:
        state = states.get(part.pk, part.state)
        if state == part.state:
            continue
        part.state = state
        if state == policies.JOINED:
            part.joined_at = part.joined_at or now
        elif state in {policies.LEFT, policies.MISSED}:
            part.left_at = now
        part.save(update_fields=["state", "joined_at", "left_at"])
    _state(held, after.state, now=now, by=by)


def _state(held: Held, state: str, *, now: datetime, by: str) -> None:
    call, before = held.call, held.call.state
    call.state = state
    waits = state == policies.QUEUED and before != policies.QUEUED and call.direction == Call.Direction.IN
    if waits and call.queued_at is None:
        call.queued_at = now
        held.told.append(events.CallQueued(**held.ids()))
    if state in {policies.TALKING, policies.HELD} and call.answered_at is None:
        call.answered_at = now
        waited = int((now - (call.queued_at or call.started_at)).total_seconds())
        held.told.append(events.CallAnswered(**held.ids(), agent_id=call.agent_id, waited_seconds=max(0, waited)))
    if state == policies.ENDED and before != policies.ENDED:
        call.ended_at, call.ended_by = now, by
        seconds = int((now - call.answered_at).total_seconds()) if call.answered_at else 0
        held.told.append(
            events.CallEnded(
                **held.ids(), direction=call.direction, seconds=max(0, seconds), by=by,
                answered=call.answered_at is not None, voicemail=before == policies.VOICEMAIL,
            )
        )  # fmt: skip


def finish(held: Held, *, actor: Actor, now: datetime) -> Call:
    """Save the call and say what happened."""
    held.call.save()
    if held.told:
        emit(*held.told, actor=actor, now=now)
    return held.call


@transaction.atomic
def begin_call(
    *,
    ticket: Ticket,
    inbox: Inbox,
    medium: str,
    direction: str,
    actor: Actor,
    now: datetime,
    customer: Customer | None = None,
    agent: Agent | None = None,
    state: str = "",
    provider_id: str = "",
    from_number: str = "",
    to_number: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Call:
    """A call begins on a ticket. Incoming: the customer is in it, and waits in `state` (queued, or menu); outgoing:
    nobody is in it yet (ring them one by one). Raises NotFound, NotAllowed, InvalidInput."""
    if actor.kind == "agent":
        ticket = lock_ticket(ticket, actor, right="ticket.reply")
    if medium not in Call.Medium.values or direction not in Call.Direction.values:
        raise InvalidInput(_("This is no kind of call."), field="medium")
    incoming = direction == Call.Direction.IN
    call = Call.objects.create(
        ticket=ticket,
        inbox=inbox,
        customer=customer or ticket.customer,
        agent=agent,
        medium=medium,
        direction=direction,
        state=state or (policies.QUEUED if incoming else policies.RINGING),
        provider_id=storable(provider_id)[:200],
        from_number=storable(from_number)[:320],
        to_number=storable(to_number)[:320],
        facts=storable_json(dict(facts or {})),
        started_at=now,
    )
    held = Held(call, [])
    held.told.append(
        events.CallStarted(**held.ids(), direction=direction, number=call.from_number if incoming else call.to_number)
    )
    if incoming:
        _first(call, provider_id, now)
        if call.state == policies.QUEUED:
            call.queued_at = now
            held.told.append(events.CallQueued(**held.ids()))
    return finish(held, actor=actor, now=now)


def _first(call: Call, provider_id: str, now: datetime) -> None:
    CallPart.objects.create(
        call=call,
        kind=CallPart.Kind.CUSTOMER,
        state=CallPart.State.JOINED,
        name=(call.customer.name if call.customer else "")[:200],
        provider_id=storable(provider_id)[:200],
        rang_at=now,
        joined_at=now,
    )


@transaction.atomic
def ring(
    *,
    call: Call,
    actor: Actor,
    now: datetime,
    agent: Agent | None = None,
    kind: str = "agent",
    name: str = "",
    key_hash: str = "",
    provider_id: str = "",
) -> CallPart:
    """Ring somebody: an agent, an expert, or (`kind` customer) the customer or a guest of theirs. Whoever carries the
    call hears of it by `CallRang`. Raises Conflict when an agent is being rung already."""
    held = lock_call(call.pk, actor, right="ticket.reply" if actor.kind == "agent" else "")
    if len(held.parts) >= MAX_PARTS * 5:
        raise Conflict(_("Too many people were rung for this call."))
    wanted = policies.Part(0, kind, policies.RINGING, agent.pk if agent else None)
    after = ruled(policies.rung, held.line, wanted)
    part = CallPart.objects.create(
        call=held.call,
        kind=kind,
        agent=agent,
        name=(name or (agent.name if agent else ""))[:200],
        key_hash=key_hash,
        provider_id=provider_id[:200],
        state=policies.RINGING,
        rang_at=now,
    )
    held.parts.append(part)
    held.told.append(events.CallRang(**held.of(part)))
    _state(held, after.state, now=now, by="")
    finish(held, actor=actor, now=now)
    return part


@transaction.atomic
def join(*, part: CallPart, actor: Actor, now: datetime, provider_id: str = "") -> Call:
    """Somebody who was rung answers. The first agent becomes the call's. Asked again, nothing changes."""
    held = lock_call(part.call_id, actor)
    own = held.part(part.pk)
    if actor.kind == "agent" and own.agent_id != actor.id:
        raise NotFound
    before = held.line
    after = ruled(policies.joined, before, own.pk)
    if provider_id and own.provider_id != provider_id:
        own.provider_id = provider_id[:200]
        own.save(update_fields=["provider_id"])
    if after == before:
        return held.call
    if own.kind == policies.AGENT and held.call.agent_id is None:
        held.call.agent_id = own.agent_id
    first = held.call.answered_at is None and after.state in {policies.TALKING, policies.HELD}
    apply(held, after, now=now)
    if not first and own.kind != policies.CUSTOMER and held.call.answered_at is not None:
        held.told.append(events.CallJoined(**held.of(own)))
    if held.call.direction == Call.Direction.OUT and own.kind in policies.STAFF and held.call.answered_at is None:
        held.told.append(events.AgentOnLine(**held.ids(), agent_id=own.agent_id))
    return finish(held, actor=actor, now=now)


@transaction.atomic
def miss(*, part: CallPart, actor: Actor, now: datetime, why: str = "no-answer") -> Call:
    """Somebody who was rung did not answer (no-answer, busy, failed), said no (declined), or is not wanted any more
    (withdrawn)."""
    held = lock_call(part.call_id, actor)
    own = held.part(part.pk)
    if held.call.state == policies.ENDED or own.state != policies.RINGING:
        return held.call
    apply(held, ruled(policies.missed, held.line, own.pk), now=now)
    held.told.append(events.CallMissed(**held.of(own), why=why))
    return finish(held, actor=actor, now=now)


@transaction.atomic
def hold(*, part: CallPart, actor: Actor, now: datetime) -> Call:
    """Somebody (as a rule the customer) hears music, and does not hear the others."""
    return _music(part, policies.held, events.CallHeld, actor=actor, now=now)


@transaction.atomic
def resume(*, part: CallPart, actor: Actor, now: datetime) -> Call:
    """Back from the music."""
    return _music(part, policies.resumed, events.CallResumed, actor=actor, now=now)


def _music(
    part: CallPart,
    rule: Callable[[policies.Line, int], policies.Line],
    told: "type[events.CallHeld | events.CallResumed]",
    *,
    actor: Actor,
    now: datetime,
) -> Call:
    """On or off; told only where that changes something."""
    held = lock_call(part.call_id, actor)
    before = held.line
    after = ruled(rule, before, part.pk)
    if after != before:
        apply(held, after, now=now)
        held.told.append(told(**held.ids(), part_id=part.pk))
    return finish(held, actor=actor, now=now)


@transaction.atomic
def leave(*, part: CallPart, actor: Actor, now: datetime) -> Call:
    """Somebody hangs up. When the customer or the last of ours goes, the call ends; when the call's agent goes while
    another of ours stays, it becomes that one's (the end of a warm transfer)."""
    held = lock_call(part.call_id, actor)
    own = held.part(part.pk)
    before = held.line
    if before.state == policies.ENDED:
        return held.call
    after = ruled(policies.left, before, own.pk)
    if after == before:
        return held.call
    rang = own.state == policies.RINGING
    apply(held, after, now=now, by=own.kind)
    if rang:
        held.told.append(events.CallMissed(**held.of(own), why="declined"))
    elif after.state != policies.ENDED:
        held.told.append(events.CallLeft(**held.of(own)))
        _hand_on(held, own, after)
    return finish(held, actor=actor, now=now)


def _hand_on(held: Held, own: CallPart, after: policies.Line) -> None:
    """Whose call it is, once its agent has left."""
    if own.agent_id is None or own.agent_id != held.call.agent_id or not after.agents:
        return
    held.call.agent_id = after.agents[0]
    held.told.append(events.CallMoved(**held.ids(), from_agent_id=own.agent_id, agent_id=after.agents[0]))


@transaction.atomic
def end_call(*, call: Call, actor: Actor, now: datetime, by: str = "") -> Call:
    """It is over for everybody; asked again, nothing changes. `by` is customer, agent, system or failed."""
    held = lock_call(call.pk, actor, right="ticket.reply" if actor.kind == "agent" else "")
    if held.call.state == policies.ENDED:
        return held.call
    apply(held, policies.ended(held.line), now=now, by=by or actor.kind)
    return finish(held, actor=actor, now=now)


@transaction.atomic
def move_call(*, call: Call, to: str, actor: Actor, now: datetime) -> Call:
    """The caller goes on, from the menu to the queue, or to leave a message. Raises Conflict."""
    held = lock_call(call.pk, actor)
    before = held.line
    after = ruled(policies.moved, before, to)
    if after != before:
        apply(held, after, now=now)
    return finish(held, actor=actor, now=now)


@transaction.atomic
def note_call(*, call: Call, outcome: str, notes: str, actor: Actor, now: datetime) -> Call:
    """What came of a call, in a word and in words; may be said again. Raises InvalidInput."""
    held = lock_call(call.pk, actor, right="ticket.note")
    if outcome and outcome not in policies.OUTCOMES:
        raise InvalidInput(_("Choose one of the outcomes."), field="outcome")
    notes = storable(notes).strip()
    if len(notes) > 10_000:
        raise InvalidInput(_("Write at most 10,000 characters."), field="notes")
    if (outcome, notes) == (held.call.outcome, held.call.notes):
        return held.call
    held.call.outcome, held.call.notes = outcome, notes
    held.told.append(events.CallNoted(**held.ids(), outcome=outcome, words=notes[:200]))
    return finish(held, actor=actor, now=now)
