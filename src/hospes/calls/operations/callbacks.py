"""Call-backs: asked for, moved, cancelled, done by hand. How they are dialled is in `dialling`."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.calls import events, numbers, slots
from hospes.calls.models import Callback
from hospes.calls.phones import countries_of, hours_of, phone_inbox, slot_at
from hospes.core import limits
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.models import Customer
from hospes.sla import operations as sla
from hospes.tickets import operations as tickets
from hospes.tickets.models import Inbox, Ticket
from hospes.tickets.operations.base import ids_after, lock_ticket

SOURCES: Final = ("portal", "chat", "queue", "agent")
A_DAY_PER_NUMBER: Final = 3
A_DAY: Final = 86_400
LATEST: Final = timedelta(days=30)


@transaction.atomic
def request_callback(
    *,
    number: str,
    source: str,
    actor: Actor,
    now: datetime,
    customer: Customer,
    ticket: Ticket | None = None,
    wanted_from: datetime | None = None,
    words: str = "",
    region: str = "",
    inbox: Inbox | None = None,
) -> Callback:
    """A customer is to be called back, as soon as possible or in the slot that begins at `wanted_from`. Without a
    ticket one is opened. Raises InvalidInput (naming the field), RateLimited, NotAllowed."""
    if actor.kind == "agent":
        actor.require("ticket.reply")
    if source not in SOURCES:
        raise InvalidInput(_("This is no way to ask for a call."), field="source")
    place = inbox or phone_inbox(ticket)
    if place is None:
        raise InvalidInput(_("We make no calls yet. Please write to us."), field="number", code="no-phone")
    allowed = countries_of(place)
    number = numbers.checked_number(number, region=region or numbers.region_of(place.address), countries=allowed)
    if actor.kind != "agent":
        limits.require(f"callback {number}", limit=A_DAY_PER_NUMBER, seconds=A_DAY, now=now)
    starts, promised = _when(place, wanted_from, free=actor.kind != "customer", now=now)
    ticket = _ticket_for(ticket, place, customer, words, actor, now)
    known = Callback.objects.select_for_update().filter(ticket=ticket, number=number, state=Callback.State.WAITING)
    callback = known.first()
    if callback is not None:
        return _move(callback, starts, promised, actor=actor, now=now)
    callback = Callback.objects.create(
        ticket=ticket,
        customer=customer,
        number=number,
        wanted_from=starts,
        promised_at=promised,
        next_try_at=starts,
        source=source,
        agent_id=actor.id if actor.kind == "agent" else None,
        words=" ".join(storable(words).split())[:300],
        created_at=now,
    )
    sla.start_clock(ticket_id=ticket.pk, kind="callback", ref=str(callback.pk), now=now)
    emit(
        events.CallbackRequested(
            **ids_of(callback), number=number, source=source, wanted_from=starts.isoformat(),
            promised_at=promised.isoformat(),
        ),
        actor=actor, now=now,
    )  # fmt: skip
    return callback


def _when(inbox: Inbox, wanted_from: datetime | None, *, free: bool, now: datetime) -> tuple[datetime, datetime]:
    """(from when, by when) somebody is called. Agents may promise any time; customers choose a slot with room."""
    setup, calendar = hours_of(inbox)
    if wanted_from is None:
        starts = slots.opened(calendar, now)
        return starts, slots.promised(calendar, wanted_from=starts, minutes=setup.callback_minutes)
    if not now - timedelta(minutes=1) <= wanted_from <= now + LATEST:
        raise InvalidInput(_("Choose a time in the coming days."), field="when")
    if free:
        return wanted_from, wanted_from + timedelta(minutes=setup.callback_minutes)
    slot = slot_at(inbox, wanted_from, now=now)
    if slot is None:
        raise InvalidInput(_("This time was just taken. Please choose another one."), field="when", code="taken")
    return slot.starts_at, slot.ends_at


def _ticket_for(
    ticket: Ticket | None, inbox: Inbox, customer: Customer, words: str, actor: Actor, now: datetime
) -> Ticket:
    if ticket is not None:
        return lock_ticket(ticket, actor)
    # Translators: subject of a ticket by which somebody asks to be called
    subject = _("Please call me back")
    return tickets.create_ticket(
        inbox=inbox, customer=customer, subject=subject, text=words.strip()[:2000] or subject, actor=actor, now=now,
        channel="voice",
    )  # fmt: skip


def ids_of(callback: Callback) -> dict[str, Any]:
    return {**ids_after(callback.ticket), "callback_id": callback.pk}


def locked(callback_id: int, actor: Actor, *, right: str = "") -> Callback:
    """A call-back under its lock. Raises NotFound when it is on a ticket that the actor may not see."""
    found = Callback.objects.select_for_update(of=("self",)).select_related("ticket").filter(pk=callback_id).first()
    if found is None:
        raise NotFound
    if actor.kind != "system":
        lock_ticket(found.ticket, actor, right=right)
    return found


@transaction.atomic
def reschedule_callback(*, callback_id: int, wanted_from: datetime, actor: Actor, now: datetime) -> Callback:
    """Another time. Raises Conflict when it is no longer waiting."""
    callback = locked(callback_id, actor, right="ticket.reply" if actor.kind == "agent" else "")
    if callback.state not in {Callback.State.WAITING, Callback.State.GIVEN_UP}:
        raise Conflict(_("This call back is not waiting any more."))
    place = phone_inbox(callback.ticket)
    if place is None:
        raise InvalidInput(_("We make no calls yet. Please write to us."), field="when")
    starts, promised = _when(place, wanted_from, free=actor.kind != "customer", now=now)
    if callback.state == Callback.State.GIVEN_UP:
        callback.attempts, callback.done_at = 0, None
        sla.start_clock(ticket_id=callback.ticket_id, kind="callback", ref=str(callback.pk), now=now)
    callback.state = Callback.State.WAITING
    return _move(callback, starts, promised, actor=actor, now=now)


def _move(callback: Callback, starts: datetime, promised: datetime, *, actor: Actor, now: datetime) -> Callback:
    callback.wanted_from, callback.promised_at, callback.next_try_at = starts, promised, starts
    callback.save()
    told = events.CallbackRescheduled(
        **ids_of(callback),
        wanted_from=starts.isoformat(), promised_at=promised.isoformat(),
    )  # fmt: skip
    emit(told, actor=actor, now=now)
    return callback


@transaction.atomic
def cancel_callback(*, callback_id: int, actor: Actor, now: datetime) -> Callback:
    """Not wanted any more. Asked again, nothing changes; raises Conflict once it is under way or done."""
    callback = locked(callback_id, actor, right="ticket.reply" if actor.kind == "agent" else "")
    if callback.state == Callback.State.CANCELLED:
        return callback
    if callback.state != Callback.State.WAITING:
        raise Conflict(_("This call back is not waiting any more."))
    callback.state, callback.done_at = Callback.State.CANCELLED, now
    callback.save()
    sla.stop_clock(ticket_id=callback.ticket_id, kind="callback", ref=str(callback.pk), now=now, met=False)
    emit(events.CallbackCancelled(**ids_of(callback)), actor=actor, now=now)
    return callback


@transaction.atomic
def finish_callback(*, callback_id: int, actor: Actor, now: datetime) -> Callback:
    """Somebody called the customer by another phone: it is done."""
    callback = locked(callback_id, actor, right="ticket.reply")
    if callback.state == Callback.State.DONE:
        return callback
    if callback.state not in {Callback.State.WAITING, Callback.State.GIVEN_UP}:
        raise Conflict(_("This call back is not waiting any more."))
    settle(callback, agent_id=actor.id, actor=actor, now=now)
    return callback


def settle(callback: Callback, *, agent_id: int | None, actor: Actor, now: datetime) -> None:
    callback.state, callback.done_at, callback.agent_id = Callback.State.DONE, now, agent_id
    callback.save()
    sla.stop_clock(ticket_id=callback.ticket_id, kind="callback", ref=str(callback.pk), now=now)
    told = events.CallbackDone(
        **ids_of(callback),
        agent_id=agent_id, late=now > callback.promised_at,
    )  # fmt: skip
    emit(told, actor=actor, now=now)
