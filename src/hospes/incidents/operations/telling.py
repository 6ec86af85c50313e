"""One word to all: an update goes to each customer behind an incident exactly once, in their language and channel."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import Event, emit
from hospes.core.outbox import backoff
from hospes.core.text import storable
from hospes.incidents import events, mails, queries
from hospes.incidents.models import Component, Incident, IncidentTicket, IncidentUpdate, Subscriber, Telling
from hospes.incidents.operations.base import lock_incident, texts_of
from hospes.incidents.operations.components import bring_up_to_date
from hospes.incidents.operations.reaching import tell_on_ticket
from hospes.incidents.policies import may_move, one_for_each
from hospes.tickets.models import Ticket

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 8
LEASE = timedelta(minutes=3)


@transaction.atomic
def post_update(
    *,
    incident: Incident,
    actor: Actor,
    now: datetime,
    texts: Mapping[str, str],
    public: bool = False,
    state: str = "",
    solve: bool = False,
    leave_asked: bool = True,
    version: int | None = None,
) -> IncidentUpdate:
    """Say something about an incident: `texts` by language. A public word goes to every customer behind it (and to
    subscribers, when the incident is on the status page); `state` moves it ("" leaves it), "resolved" ends it.
    `solve` solves the linked tickets with it. Raises Conflict, InvalidInput, NotAllowed.
    """
    incident = lock_incident(incident, actor, right="incident.link")
    state = state or incident.state
    if public or solve or state != incident.state:
        actor.require("incident.manage")
    if version is not None and version != incident.version:
        raise Conflict(_("Somebody else wrote on this incident meanwhile. Look at it, then send again."))
    if not may_move(incident.state, state):
        raise InvalidInput(_("An incident that is resolved can only be investigated anew."), field="state")
    if solve and state != "resolved":
        raise InvalidInput(_("Tickets are solved when the incident is resolved."), field="solve")
    update = IncidentUpdate.objects.create(
        incident=incident,
        texts=texts_of(texts),
        public=public,
        state=state,
        solve=solve,
        leave_asked=leave_asked,
        at=now,
        by_id=actor.id if actor.kind == "agent" else None,
        by_name=storable(actor.name)[:200],
    )
    moved = _move(incident, state, now=now)
    people = _address(incident, update, now=now) if public or solve else 0
    said = events.IncidentUpdated(
        incident_id=incident.pk, title=incident.title, update_id=update.pk, state=state, public=public, people=people
    )
    emit(said, *moved, actor=actor, now=now)
    if moved:
        bring_up_to_date(Component.objects.filter(incidents=incident, archived_at=None), actor=actor, now=now)
    return update


def _move(incident: Incident, state: str, *, now: datetime) -> list[Event]:
    before, incident.state = incident.state, state
    incident.version += 1
    incident.resolved_at = (incident.resolved_at or now) if state == "resolved" else None
    incident.save(update_fields=["state", "version", "resolved_at"])
    if before == state:
        return []
    told: dict[str, Any] = {"incident_id": incident.pk, "title": incident.title}
    happened: list[Event] = [events.IncidentChanged(**told, field="state", before=before, after=state)]
    if state == "resolved":
        happened.append(events.IncidentResolved(**told))
    elif before == "resolved":
        happened.append(events.IncidentReopened(**told))
    return happened


def _address(incident: Incident, update: IncidentUpdate, *, now: datetime) -> int:
    """Make the list of all who are told; returns how many. From here on the queue does it, whatever happens."""
    told, again = one_for_each(queries.places_of(incident))
    rows = [
        Telling(incident=incident, update=update, ticket_id=p.ticket_id, next_try_at=now, quiet=not update.public)
        for p in told
    ]
    if update.solve:
        rows += [
            Telling(incident=incident, update=update, ticket_id=p.ticket_id, next_try_at=now, quiet=True) for p in again
        ]
    if update.public and incident.public:
        rows += [
            Telling(incident=incident, update=update, subscriber=subscriber, next_try_at=now)
            for subscriber in queries.subscribers_of(incident)
        ]
    Telling.objects.bulk_create(rows, batch_size=500)
    return len(told) if update.public else 0


def welcome(*, incident: Incident, tickets: Sequence[Ticket], now: datetime, way: str) -> None:
    """Tickets that came to an incident: their customers get its latest public word, once; while there is none, a
    newcomer hears that we know of it. One that was linked by itself is told in this same transaction, so that it is
    not acknowledged on top of it."""
    if not (incident.answer_newcomers and incident.active):
        return
    latest = incident.updates.filter(public=True).order_by("-id").first()
    new = [
        t for t in tickets if latest or (way in {"automatic", "suggestion"} and t.created_at >= incident.declared_at)
    ]
    if not new:
        return
    places = {ticket.pk: ticket.customer_id for ticket in new}
    known = Telling.objects.filter(incident=incident, update=latest, quiet=False, ticket__customer__in=places.values())
    heard = set(known.exclude(state="skipped").values_list("ticket__customer_id", flat=True))
    rows = []
    for ticket in sorted(new, key=lambda t: t.pk, reverse=True):
        if ticket.customer_id not in heard:
            heard.add(ticket.customer_id)
            rows.append(Telling(incident=incident, update=latest, ticket=ticket, newcomer=True, next_try_at=now))
    Telling.objects.bulk_create(rows, ignore_conflicts=True)
    again = Telling.objects.filter(incident=incident, update=latest, ticket__in=[row.ticket_id for row in rows])
    again.filter(state="skipped", reason="unlinked").update(state="waiting", next_try_at=now, done_at=None, reason="")
    if way == IncidentTicket.Way.AUTOMATIC:
        waiting = Telling.objects.filter(incident=incident, update=latest, ticket__in=new, state="waiting")
        for telling in waiting.select_for_update(skip_locked=True):
            tell_on_ticket(telling, now=now)


def tell_waiting(*, now: datetime, limit: int = 40) -> int:
    """Tell up to `limit` of those who wait; returns how many were tried. Each is a transaction of its own, in which
    the message is written and the row marked: whoever is killed in between has told them fully or not at all."""
    tried = 0
    touched: set[int] = set()
    while tried < limit:
        telling = _tell_next(now=now)
        if telling is None:
            break
        tried += 1
        if telling.update_id:
            touched.add(telling.update_id)
    for update_id in sorted(touched):
        _report(update_id, now=now)
    return tried


def _tell_next(*, now: datetime) -> Telling | None:
    with transaction.atomic():
        due = Telling.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            state="waiting", next_try_at__lte=now
        )
        telling = due.order_by("next_try_at", "id").first()
        if telling is None:
            return None
        if telling.ticket_id is not None:
            try:
                with transaction.atomic():
                    tell_on_ticket(telling, now=now)
            except Exception as error:  # one who cannot be told must not stop the others
                log.exception("Incident update could not be told: %s", telling.pk)
                _failed(telling, f"{type(error).__name__}: {error}", now=now)
            return telling
        telling.attempts += 1
        telling.next_try_at = now + LEASE  # nobody else takes it while we talk to the mail server
        telling.save(update_fields=["attempts", "next_try_at"])
    _mail_subscriber(telling, now=now)
    return telling


def _mail_subscriber(telling: Telling, *, now: datetime) -> None:
    """Outside of any transaction: it talks to the network. The Message-ID is the same at every try."""
    subscriber = Subscriber.objects.filter(pk=telling.subscriber_id or 0, confirmed_at__isnull=False).first()
    update = IncidentUpdate.objects.select_related("incident").filter(pk=telling.update_id or 0).first()
    if subscriber is None or update is None:
        Telling.objects.filter(pk=telling.pk).update(state="skipped", done_at=now)
        return
    try:
        language = mails.send_update(subscriber, update, number=telling.pk)
    except (OSError, SMTPException) as error:
        telling.attempts -= 1  # counted when it was taken
        _failed(telling, str(error), now=now)
    else:
        Telling.objects.filter(pk=telling.pk).update(state="sent", done_at=now, language=language, reason="")


def _failed(telling: Telling, words: str, *, now: datetime) -> None:
    telling.attempts += 1
    telling.reason = storable(words)[:300]
    telling.next_try_at = now + backoff(telling.attempts, first=10, longest=1800)
    if telling.attempts >= MAX_ATTEMPTS:
        telling.state, telling.done_at = Telling.State.FAILED, now
    telling.save(update_fields=["attempts", "reason", "next_try_at", "state", "done_at"])


def _report(update_id: int, *, now: datetime) -> None:
    update = IncidentUpdate.objects.select_related("incident").get(pk=update_id)
    progress = queries.progress_of([update_id])[update_id]
    event = events.UpdateProgressed(
        incident_id=update.incident_id,
        title=update.incident.title,
        update_id=update_id,
        sent=progress.sent,
        waiting=progress.waiting,
    )
    emit(event, actor=SYSTEM, now=now)


@transaction.atomic
def try_telling_again(*, update: IncidentUpdate, actor: Actor, now: datetime) -> int:
    """Put those who could not be told back into the queue."""
    actor.require("incident.manage")
    failed = Telling.objects.filter(update=update, state="failed")
    found = failed.update(state="waiting", attempts=0, next_try_at=now, done_at=None)
    if found:
        _report(update.pk, now=now)
    return found
