"""Call-backs that are due, and calls that agents make: one of ours is rung first, then the customer."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.calls import events, numbers, policies, slots
from hospes.calls.models import Call, Callback, CallPart
from hospes.calls.operations.base import begin_call, end_call, ring
from hospes.calls.operations.callbacks import ids_of, settle
from hospes.calls.operations.seeking import CALLS, seek
from hospes.calls.phones import countries_of, hours_of, phone_inbox
from hospes.core import limits
from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import HospesError, InvalidInput
from hospes.core.events import emit
from hospes.sla import operations as sla
from hospes.sla.calculator import Calendar
from hospes.staff.models import Agent
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.operations.base import lock_ticket
from hospes.tickets.queries.ways import ways_of

NOBODY: Final = timedelta(minutes=15)  # how long a due call-back looks for one of ours before it is put off
AGAIN: Final = timedelta(minutes=5)


def dial_due(*, now: datetime, limit: int = 20) -> int:
    """One batch of call-backs that are due, and of those for which nobody of ours was found."""
    due = Callback.objects.filter(state=Callback.State.WAITING, next_try_at__lte=now).order_by("next_try_at", "id")
    started = [pk for pk in due.values_list("pk", flat=True)[:limit] if _dial(pk, now=now)]
    stuck = Call.objects.filter(
        callbacks__state=Callback.State.CALLING, state=Call.State.QUEUED, started_at__lte=now - NOBODY
    )
    for call in stuck[:limit]:
        end_call(call=call, actor=CALLS, now=now, by="system")
    return len(started)


@transaction.atomic
def _dial(callback_id: int, *, now: datetime) -> bool:
    """Begin the call; whom of ours it rings first is found as for every call that waits."""
    callback = Callback.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=callback_id).first()
    if callback is None or callback.state != Callback.State.WAITING or callback.next_try_at > now:
        return False
    ticket = Ticket.objects.get(pk=callback.ticket_id)
    place = phone_inbox(ticket)
    calendar = hours_of(place)[1] if place is not None else None
    if place is None or (opens := slots.opened(calendar, now)) > now:
        callback.next_try_at = opens if place is not None else now + timedelta(hours=1)
        callback.save(update_fields=["next_try_at"])
        return False
    call = begin_call(
        ticket=ticket, inbox=place, medium="phone", direction="out", state=policies.QUEUED, actor=CALLS, now=now,
        customer=callback.customer, to_number=callback.number, from_number=place.address,
        facts={"agent": callback.agent_id},
    )  # fmt: skip
    callback.state, callback.call = Callback.State.CALLING, call
    callback.save(update_fields=["state", "call"])
    seek(call_id=call.pk, now=now)
    return True


@transaction.atomic
def call_out(*, ticket: Ticket, number: str, actor: Actor, now: datetime) -> Call:
    """An agent calls the customer: their own phone rings first. Raises InvalidInput, NotAllowed, RateLimited."""
    ticket = lock_ticket(ticket, actor, right="ticket.reply")
    place = phone_inbox(ticket)
    agent = Agent.objects.get(pk=actor.own_id)
    if place is None:
        raise InvalidInput(_("There is no phone inbox yet. An administrator can add one."), field="number")
    if not agent.phone:
        raise InvalidInput(_("Write your own phone number into your profile first: it is rung first."), field="number")
    number = numbers.checked_number(
        number, region=numbers.region_of(place.address), countries=countries_of(place), field="number"
    )
    limits.require(f"call-out {agent.pk}", limit=60, seconds=3600, now=now)
    call = begin_call(
        ticket=ticket, inbox=place, medium="phone", direction="out", state=policies.QUEUED, actor=actor, now=now,
        agent=agent, to_number=number, from_number=place.address,
    )  # fmt: skip
    ring(call=call, agent=agent, actor=actor, now=now)
    return call


@transaction.atomic
def ring_customer(*, call_id: int, now: datetime) -> None:
    """The agent is on the line: the customer is rung."""
    call = Call.objects.select_related("customer").get(pk=call_id)
    live = CallPart.objects.filter(call=call, kind=policies.CUSTOMER, state__in=[*policies.IN, policies.RINGING])
    if call.direction != Call.Direction.OUT or call.state == policies.ENDED or live.exists() or not call.to_number:
        return
    ring(call=call, kind=policies.CUSTOMER, name=call.customer.name if call.customer else "", actor=CALLS, now=now)


@transaction.atomic
def agent_missed(*, call_id: int, now: datetime) -> None:
    """One of ours did not pick up: whoever was wished for is not insisted on; the next is rung at once."""
    call = Call.objects.select_for_update(of=("self",)).get(pk=call_id)
    callback = Callback.objects.filter(call=call, state=Callback.State.CALLING).first()
    if callback is None:
        if call.direction == Call.Direction.OUT and call.state == policies.QUEUED:
            end_call(call=call, actor=CALLS, now=now, by="agent")  # they called, and do not pick up themselves
        return
    if call.facts.get("agent"):
        call.facts = {**call.facts, "agent": None}
        call.save(update_fields=["facts"])
    told = events.CallbackTried(
        **ids_of(callback),
        why="agent", attempt=callback.attempts, next_try_at=now.isoformat(),
    )  # fmt: skip
    emit(told, actor=CALLS, now=now)


@transaction.atomic
def customer_missed(*, call_id: int, now: datetime) -> None:
    """The customer did not pick up: tried again after 5, 30 and 120 minutes of open time, then given up visibly."""
    call = Call.objects.get(pk=call_id)
    callback = Callback.objects.select_for_update(of=("self",)).filter(call=call, state=Callback.State.CALLING).first()
    if callback is not None:
        callback.attempts += 1
        calendar = _calendar(callback)
        again = slots.next_try(calendar, missed=callback.attempts, now=now)
        if again is None:
            _give_up(callback, now=now)
        else:
            _try_again(callback, again, why="customer", now=now)
    if call.direction == Call.Direction.OUT:
        end_call(call=call, actor=CALLS, now=now, by="customer")


def _calendar(callback: Callback) -> Calendar | None:
    place = phone_inbox(callback.ticket)
    return hours_of(place)[1] if place is not None else None


def _try_again(callback: Callback, at: datetime, *, why: str, now: datetime) -> None:
    callback.state, callback.next_try_at = Callback.State.WAITING, at
    callback.save()
    told = events.CallbackTried(
        **ids_of(callback),
        why=why, attempt=callback.attempts, next_try_at=at.isoformat(),
    )  # fmt: skip
    emit(told, actor=CALLS, now=now)


def _give_up(callback: Callback, *, now: datetime) -> None:
    callback.state, callback.done_at = Callback.State.GIVEN_UP, now
    callback.save()
    sla.stop_clock(ticket_id=callback.ticket_id, kind="callback", ref=str(callback.pk), now=now, met=False)
    told = _write_instead(callback, now=now)
    emit(
        events.CallbackGivenUp(
            **ids_of(callback),
            attempts=callback.attempts, words="told" if told else "",
        ),
        actor=CALLS, now=now,
    )  # fmt: skip


def _write_instead(callback: Callback, *, now: datetime) -> bool:
    """Tell the customer by another way that we tried; whether there is one."""
    ticket = Ticket.objects.select_related("inbox").get(pk=callback.ticket_id)
    way = next((w for w in ways_of(ticket, now=now) if w.inbox.kind != "voice" and w.open and w.mode != "public"), None)
    if way is None:
        return False
    with translation.override(ticket.language or ticket.inbox.language):
        text = _(
            "We tried to call you at %(number)s and did not reach you. Please answer this message with a time that "
            "suits you, or call us."
        ) % {"number": numbers.shown(callback.number)}
    try:
        with transaction.atomic():
            tickets.reply(ticket=ticket, actor=SYSTEM, now=now, text=text, automatic=True, via=way.inbox.pk)
    except HospesError:
        return False
    return True


@transaction.atomic
def reached(*, call_id: int, now: datetime) -> None:
    """Customer and agent talk: a call-back has come about."""
    call = Call.objects.get(pk=call_id)
    for callback in Callback.objects.select_for_update(of=("self",)).filter(call=call, state=Callback.State.CALLING):
        settle(callback, agent_id=call.agent_id, actor=CALLS, now=now)
    if call.direction == Call.Direction.IN:  # they called themselves before we did
        for callback in Callback.objects.select_for_update(of=("self",)).filter(
            ticket_id=call.ticket_id, state=Callback.State.WAITING, number=call.from_number
        ):
            settle(callback, agent_id=call.agent_id, actor=CALLS, now=now)


@transaction.atomic
def call_over(*, call_id: int, now: datetime) -> None:
    """The call of a call-back ended without the customer having been rung: soon again."""
    found = Callback.objects.select_for_update(of=("self",)).filter(call_id=call_id, state=Callback.State.CALLING)
    callback = found.first()
    if callback is not None:
        calendar = _calendar(callback)
        _try_again(callback, slots.opened(calendar, now + AGAIN), why="agent", now=now)
