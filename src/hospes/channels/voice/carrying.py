"""What calls ask of the provider is carried out here, outside every transaction: lines rung, placed, held, closed."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.calls import numbers, policies
from hospes.calls.models import Call, CallOrder, CallPart, Recording
from hospes.calls.operations import orders, phone, provided
from hospes.calls.phones import setup_of
from hospes.channels.adapter import ChannelError
from hospes.channels.queries import credential_of
from hospes.channels.voice import api
from hospes.channels.voice.addresses import Addresses, room_of
from hospes.core import files

log = logging.getLogger(__name__)
LARGEST_RECORDING: Final = 500 * 1024 * 1024


def carry_out(*, now: datetime, limit: int = 20) -> int:
    """One batch of orders; returns how many were tried. They are leased one by one: a slow provider must not let the
    lease of a later one run out, for then another worker would ring the same phone too."""
    for tried in range(limit):
        order = next(iter(orders.take_orders(now=now, limit=1)), None)
        if order is None:
            return tried
        _carry(order, now=now)
    return limit


def _carry(order: CallOrder, *, now: datetime) -> None:
    try:
        provider_id = DOES[order.what](order, credential_of(order.call.inbox_id), now)
    except ChannelError as error:
        permanent = error.permanent or not error.set_up
        wait = timedelta(seconds=error.retry_after)
        orders.fail_order(order_id=order.pk, words=error.words, permanent=permanent, now=now, wait=wait)
    except Exception as error:  # a fault with one must not stop the others
        log.exception("Order %s failed", order.pk)
        orders.fail_order(order_id=order.pk, words=f"{type(error).__name__}: {error}", permanent=False, now=now)
    else:
        orders.done_order(order_id=order.pk, provider_id=provider_id, now=now)


def _fresh(order: CallOrder) -> CallPart | None:
    """Whom the order is about, while it still makes sense."""
    found = CallPart.objects.select_related("agent", "call__inbox", "call__ticket").filter(pk=order.part_id or 0)
    return found.exclude(call__state=Call.State.ENDED).first()


def _ring(order: CallOrder, credential: Mapping[str, Any], now: datetime) -> str:
    part = _fresh(order)
    if part is None or part.state != policies.RINGING or part.provider_id:
        return ""
    call, at = part.call, Addresses(part.call.inbox_id)
    number = call.to_number if part.kind == policies.CUSTOMER else part.agent.phone if part.agent is not None else ""
    number = numbers.hidden(number.replace(" ", "").replace("-", ""))
    if not number:
        raise ChannelError("There is no number to ring.", permanent=True)
    if order.attempts > 1:  # the answer to the last try may have been lost: a line that rings already is not rung twice
        lines = api.lines_to(credential, number, call.inbox.address)
        known = set(CallPart.objects.filter(provider_id__in=lines).values_list("provider_id", flat=True))
        if found := next((line for line in lines if line not in known), ""):
            return found
    setup = setup_of(call.inbox)
    listens = part.kind == policies.CUSTOMER and setup.detect_machines
    return api.call(
        credential, To=number, From=call.inbox.address, Url=at.part(part.pk, 0, "answered"), Method="POST",
        Timeout=str(setup.ring_seconds), StatusCallback=at.part_status(part.pk),
        StatusCallbackMethod="POST", StatusCallbackEvent="completed",
        **({"MachineDetection": "Enable"} if listens else {}),
    )  # fmt: skip


def _place(order: CallOrder, credential: Mapping[str, Any], now: datetime) -> str:
    part = _fresh(order)
    if part is not None and part.state in policies.IN:
        api.redirect(credential, part.provider_id, Addresses(part.call.inbox_id).now(part.call_id, order.pk))
    return ""


def _hang_up(order: CallOrder, credential: Mapping[str, Any], now: datetime) -> str:
    part = CallPart.objects.filter(pk=order.part_id or 0).exclude(provider_id="").first()
    if part is not None:
        api.hang_up(credential, part.provider_id)
    return ""


def _hold(order: CallOrder, credential: Mapping[str, Any], now: datetime) -> str:
    return _held(order, credential, now, on=True)


def _resume(order: CallOrder, credential: Mapping[str, Any], now: datetime) -> str:
    return _held(order, credential, now, on=False)


def _held(order: CallOrder, credential: Mapping[str, Any], now: datetime, *, on: bool) -> str:
    part = _fresh(order)
    if part is None or part.state != (policies.HELD if on else policies.JOINED):
        return ""
    conference = str(part.call.facts.get("conference") or "")
    if not conference:
        conference = api.conference_of(credential, room_of(part.call_id))
        if not conference:
            raise ChannelError("The talk has not begun at the provider.", permanent=False)
        phone.note_conference(call_id=part.call_id, conference=conference, now=now)
    api.hold(credential, conference, part.provider_id, on=on, music=Addresses(part.call.inbox_id).music)
    return ""


DOES: Final[dict[str, Callable[[CallOrder, Mapping[str, Any], datetime], str]]] = {
    "ring": _ring,
    "place": _place,
    "hold": _hold,
    "resume": _resume,
    "hang_up": _hang_up,
}


def fetch_recordings(*, now: datetime, limit: int = 5) -> int:
    """One batch of recordings that the provider keeps; with back-off, given up where people see it."""
    for tried in range(limit):
        one = next(iter(provided.take_recordings(now=now, limit=1)), None)
        if one is None:
            return tried
        _fetch(one, now=now)
    return limit


def _fetch(one: Recording, *, now: datetime) -> None:
    try:
        sound, kind = api.recording(credential_of(one.call.inbox_id), one.provider_id, LARGEST_RECORDING)
        key = files.store(sound)
    except ChannelError as error:
        # Not found is for a while: the provider tells of recordings that are not on all its servers yet.
        permanent = error.permanent and not error.words.startswith("404")
        provided.recording_not_fetched(recording_id=one.pk, words=error.words, permanent=permanent, now=now)
    except OSError as error:
        provided.recording_not_fetched(recording_id=one.pk, words=str(error), permanent=False, now=now)
    else:
        provided.recording_fetched(recording_id=one.pk, file_key=key, size=len(sound), content_type=kind, now=now)
