"""The outbox: brings committed events to their subscribers, each on its own, with back-off, giving up visibly."""

import logging
import random
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from hospes.core.actors import Actor
from hospes.core.events import FIRST, SUBSCRIBERS, Happened, because_of
from hospes.core.models import EventDelivery, EventRow
from hospes.core.text import storable

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 12
BATCH = 20


def backoff(attempts: int, *, first: float = 2.0, longest: float = 6 * 3600) -> timedelta:
    """Exponential back-off with jitter: about 2 s, 6 s, 18 s … at most six hours."""
    seconds = min(longest, first * 3 ** min(20, max(0, attempts - 1)))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - jitter is no secret


def drain(*, now: datetime, limit: int = 100) -> int:
    """Hand out up to `limit` due deliveries; returns how many were tried. Several workers may run this at once."""
    tried = 0
    while tried < limit:
        size = min(BATCH, limit - tried)
        hurried = _drain_batch(EventDelivery.objects.filter(subscriber__in=FIRST), now=now, limit=size)
        if hurried == size:  # there may be more of them
            tried += hurried
            continue
        done = _drain_batch(EventDelivery.objects.all(), now=now, limit=size - hurried)
        tried += hurried + done
        if hurried + done < size:
            break
    return tried


def _drain_batch(of: QuerySet[EventDelivery], *, now: datetime, limit: int) -> int:
    """One transaction. It stays short, because what its subscribers locked stays locked until its end."""
    with transaction.atomic():
        due = list(
            of.select_related("event")
            .filter(given_up_at=None, next_try_at__lte=now)
            .order_by("next_try_at", "id")
            .select_for_update(skip_locked=True, of=("self",))[:limit]
        )
        # In order of what they are about: workers then lock tickets in one order and never wait for each other.
        due.sort(key=lambda d: (d.event.subject, d.event.subject_id or 0, d.pk))
        done = [delivery.pk for delivery in due if _deliver(delivery, now=now)]
        EventDelivery.objects.filter(pk__in=done).delete()
    return len(due)


def _deliver(delivery: EventDelivery, *, now: datetime) -> bool:
    handler = SUBSCRIBERS.get(delivery.event.name, {}).get(delivery.subscriber)
    if handler is None:
        return True  # the listener was removed with a version: nobody waits for it any more
    try:
        happened = as_happened(delivery.event)
        if happened is not None:
            with transaction.atomic(), because_of(happened.id, happened.depth):
                handler(happened)
    except Exception as error:  # a subscriber's fault must not stop the others
        log.exception("Subscriber %s failed on event %s", delivery.subscriber, delivery.event_id)
        delivery.attempts += 1
        delivery.error = storable(f"{type(error).__name__}: {error}")[:2000]
        if delivery.attempts >= MAX_ATTEMPTS:
            delivery.given_up_at = now
        delivery.next_try_at = now + backoff(delivery.attempts)
        delivery.save(update_fields=["attempts", "error", "given_up_at", "next_try_at"])
        return False
    return True


def as_happened(row: EventRow) -> Happened | None:
    """A stored row as subscribers see it, or None for a name that this version does not know."""
    event = row.as_event()
    if event is None:
        return None
    actor = Actor(kind=row.actor_kind, id=row.actor_id, name=row.actor_name, via=row.via)  # type: ignore[arg-type]
    return Happened(id=row.pk, event=event, at=row.at, actor=actor, cause_id=row.cause_id, depth=row.depth)


def given_up() -> QuerySet[EventDelivery]:
    """Deliveries that someone has to look at, newest first."""
    return EventDelivery.objects.filter(given_up_at__isnull=False).select_related("event").order_by("-given_up_at")


def try_again(*, delivery_id: int, now: datetime) -> None:
    """Take a given-up delivery back into the queue."""
    EventDelivery.objects.filter(pk=delivery_id).update(given_up_at=None, attempts=0, next_try_at=now)
