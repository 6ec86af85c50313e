"""Events: one row written in the writer's transaction is timeline, audit line, webhook source and screen update.

A room declares frozen dataclasses below `Event`, operations end in `emit(...)`, other rooms `@subscribe`.
"""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from hospes.core.actors import Actor
from hospes.core.text import storable

KNOWN: "dict[str, type[Event]]" = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events. Fields are ids and scalars only.

    `subject` names what the event is about ("ticket"), `subject_id_field` the field that holds its id.
    `live` events are pushed to open screens.
    """

    subject: ClassVar[str] = ""
    subject_id_field: ClassVar[str] = ""
    live: ClassVar[bool] = True

    team_id: int | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # No super() here: dataclass(slots=True) makes each class twice, and the second takes the first one's place.
        known = KNOWN.get(cls.__name__)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"Two events are called {cls.__name__}: {known.__module__} and {cls.__module__}")
        KNOWN[cls.__name__] = cls

    @classmethod
    def name(cls) -> str:
        """The stable name kept in the database: the class's own."""
        return cls.__name__

    def payload(self) -> dict[str, Any]:
        """The event's own fields as JSON-ready values."""
        return {f.name: _plain(getattr(self, f.name)) for f in dataclasses.fields(self) if f.name != "team_id"}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return storable(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as a subscriber gets it: what, when, who, and the row's id for idempotency.

    `cause_id` is the event because of which this one happened (None when a person or the world began it), `depth`
    how many such steps lie before it: what a guard against loops counts.
    """

    id: int
    event: Event
    at: datetime
    actor: Actor
    cause_id: int | None = None
    depth: int = 0


# The event that is being handled, and its depth: what is emitted meanwhile happened because of it.
_cause: ContextVar[tuple[int, int] | None] = ContextVar("cause", default=None)


@contextmanager
def because_of(event_id: int, depth: int) -> Iterator[None]:
    """Whatever is emitted within happened because of this event."""
    token = _cause.set((event_id, depth))
    try:
        yield
    finally:
        _cause.reset(token)


def current_depth() -> int:
    """How many steps of cause and effect lie before what is emitted now; 0 when a person began it."""
    cause = _cause.get()
    return 0 if cause is None else cause[1] + 1


def current_cause() -> tuple[int, int] | None:
    """The event that is being handled and its depth, to be kept by what goes on later because of it."""
    return _cause.get()


Handler = Callable[[Happened], None]
SUBSCRIBERS: dict[str, dict[str, Handler]] = {}
FIRST: set[str] = set()  # the subscribers that are heard before all others


def known_events() -> dict[str, type[Event]]:
    """Every declared event by its name; two of one name are refused when they are declared."""
    return KNOWN


def subscribe(event_type: type[Event], *, first: bool = False) -> Callable[[Handler], Handler]:
    """Have a function called once the event is committed: at least once, so it must be idempotent.

    `first` is for what decides who gets a ticket: it is called before whatever else waits, and committed by itself.
    """

    def wrap(handler: Handler) -> Handler:
        key = f"{handler.__module__.removeprefix('hospes.')}.{handler.__name__}"
        SUBSCRIBERS.setdefault(event_type.name(), {})[key] = handler
        if first:
            FIRST.add(key)
        return handler

    return wrap


def emit(*events: Event, actor: Actor, now: datetime) -> list[int]:
    """Write events, and a delivery for each subscriber, in the caller's transaction; returns the rows' ids.

    Waking the worker and the open screens is done by the tables' triggers at commit, so nothing is announced
    that did not happen and nothing that happened goes unannounced.
    """
    from hospes.core.models import EventDelivery, EventRow

    cause = _cause.get()
    rows = EventRow.objects.bulk_create(
        EventRow(
            name=event.name(),
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            actor_name=storable(actor.name)[:200],
            via=actor.via,
            subject=event.subject,
            subject_id=getattr(event, event.subject_id_field) if event.subject_id_field else None,
            team_id=event.team_id,
            live=event.live,
            data=event.payload(),
            cause_id=cause[0] if cause else None,
            depth=min(32_000, cause[1] + 1) if cause else 0,
        )
        for event in events
    )
    deliveries = [
        EventDelivery(event_id=row.pk, subscriber=key, next_try_at=now)
        for row in rows
        for key in SUBSCRIBERS.get(row.name, ())
    ]
    if deliveries:
        EventDelivery.objects.bulk_create(deliveries)
    return [row.pk for row in rows]
