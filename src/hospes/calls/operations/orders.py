"""What the provider is to do for calls by phone: written with what made it necessary, done by the channel's worker."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from hospes.calls import events, policies
from hospes.calls.models import Call, CallOrder, CallPart
from hospes.calls.operations.base import apply, end_call, finish, lock_call, miss
from hospes.core.actors import SYSTEM
from hospes.core.outbox import backoff

LEASE: Final = timedelta(seconds=45)
LAST_WORDS: Final = timedelta(seconds=30)  # the caller still hears a sentence, then the provider hangs up by itself
LONGEST_WAIT: Final = timedelta(seconds=30)  # people are on the line: later is too late
MOST_TRIES: Final = {"ring": 3, "place": 4, "hold": 3, "resume": 4, "hang_up": 6}


@transaction.atomic
def order(
    *, call_id: int, what: str, now: datetime, part_id: int | None = None, after: timedelta = timedelta()
) -> None:
    """Have something done (`after` a while), unless the very same waits to be done."""
    call = Call.objects.get(pk=call_id)
    if call.medium != Call.Medium.PHONE:
        return
    waiting = CallOrder.objects.filter(call=call, part_id=part_id, what=what, state=CallOrder.State.WAITING)
    if not waiting.exists():
        CallOrder.objects.create(call=call, part_id=part_id, what=what, next_try_at=now + after, created_at=now)


@transaction.atomic
def place_customer(*, call_id: int, now: datetime) -> None:
    """Somebody answered: the caller, who hears music, is brought into the talk at once."""
    call = Call.objects.get(pk=call_id)
    if call.direction == Call.Direction.IN:
        for part in call.parts.filter(kind=policies.CUSTOMER, state=policies.JOINED).exclude(provider_id=""):
            order(call_id=call_id, part_id=part.pk, what="place", now=now)


@transaction.atomic
def hang_up_all(*, call_id: int, now: datetime) -> None:
    """The call is over: no line stays open."""
    saying = Call.objects.get(pk=call_id).facts.get("farewell")
    for part in CallPart.objects.filter(call_id=call_id).exclude(provider_id=""):
        after = LAST_WORDS if saying and part.kind == policies.CUSTOMER else timedelta()
        order(call_id=call_id, part_id=part.pk, what="hang_up", now=now, after=after)


@transaction.atomic
def hang_up(*, part_id: int, now: datetime) -> None:
    """Somebody is not in the call any more: their line is closed."""
    part = CallPart.objects.get(pk=part_id)
    if part.provider_id:
        order(call_id=part.call_id, part_id=part.pk, what="hang_up", now=now)


@transaction.atomic
def take_orders(*, now: datetime, limit: int = 20) -> list[CallOrder]:
    """Lease what is due to this worker; one that dies gives it back after LEASE."""
    due = list(
        CallOrder.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=CallOrder.State.WAITING, next_try_at__lte=now)
        .select_related("call__ticket", "part__agent")
        .order_by("next_try_at", "id")[:limit]
    )
    for one in due:
        one.attempts += 1
        one.next_try_at = now + LEASE
        one.save(update_fields=["attempts", "next_try_at"])
    return due


@transaction.atomic
def done_order(*, order_id: int, now: datetime, provider_id: str = "") -> None:
    """The provider took it; for a ring, its id of the new line is kept. One that is not wanted any more meanwhile is
    closed again."""
    found = CallOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    CallOrder.objects.filter(pk=order_id).update(state=CallOrder.State.DONE)
    if found.what != "ring" or not provider_id or found.part_id is None:
        return
    part = CallPart.objects.select_for_update().get(pk=found.part_id)
    part.provider_id = provider_id[:200]
    part.save(update_fields=["provider_id"])
    if part.state in {policies.MISSED, policies.LEFT}:
        hang_up(part_id=part.pk, now=now)


@transaction.atomic
def fail_order(*, order_id: int, words: str, permanent: bool, now: datetime, wait: timedelta = timedelta()) -> None:
    """The provider said no: again soon (not before it wants, `wait`), or for good; who cannot be rung counts as not
    reached, and what did not happen is taken back and said on the ticket."""
    found = CallOrder.objects.select_for_update(of=("self",)).get(pk=order_id)
    found.words = words[:500]
    if not permanent and found.attempts < MOST_TRIES.get(found.what, 3):
        found.next_try_at = now + max(backoff(found.attempts, first=1), min(wait, LONGEST_WAIT))
        found.save(update_fields=["words", "next_try_at"])
        return
    found.state = CallOrder.State.FAILED
    found.save(update_fields=["words", "state"])
    if found.what == "ring" and found.part_id is not None:
        miss(part=CallPart.objects.get(pk=found.part_id), actor=SYSTEM, now=now, why="failed")
        return
    _take_back(found, now=now)
    if found.what == "place":
        end_call(call=Call.objects.get(pk=found.call_id), actor=SYSTEM, now=now, by="failed")


def _take_back(order: CallOrder, *, now: datetime) -> None:
    """Whoever was not put on hold (or not taken back) is shown as they are at the provider."""
    held = lock_call(order.call_id, SYSTEM)
    part = next((p for p in held.parts if p.pk == order.part_id), None)
    if part is not None and held.call.state != policies.ENDED:
        if order.what == "hold" and part.state == policies.HELD:
            apply(held, policies.resumed(held.line, part.pk), now=now)
        elif order.what == "resume" and part.state == policies.JOINED:
            apply(held, policies.held(held.line, part.pk), now=now)
    held.told.append(events.CallOrderFailed(**held.ids(), part_id=order.part_id, what=order.what, words=order.words))
    finish(held, actor=SYSTEM, now=now)
