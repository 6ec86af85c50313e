"""Changes to a ticket's own fields: one operation for screens, API, macros and bulk actions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import Conflict, HospesError, InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.core.text import storable, storable_json
from hospes.customers import operations as customer_operations
from hospes.customers.models import Customer
from hospes.staff.models import Agent, Team
from hospes.tickets import events
from hospes.tickets.models import Participant, Status, Tag, Ticket, TicketRead
from hospes.tickets.models.ticket import Priority, TicketType
from hospes.tickets.operations.base import (
    builtin_status,
    change_status,
    ids_after,
    join,
    lock_ticket,
    set_status,
    waiting_from,
)
from hospes.tickets.operations.news import note_seen
from hospes.tickets.policies import CATEGORIES, agent_may_see, is_active

PLAIN_FIELDS = ("subject", "priority", "type", "language", "fields", "tier")


@transaction.atomic
def change_ticket(*, ticket: Ticket, actor: Actor, now: datetime, version: int | None = None, **changes: Any) -> Ticket:
    """Change any of subject, priority, type, language, fields, tier, status (a Status or a category), assignee and
    responsible (Agent or None), team (Team or None), tags (names), add_tags, remove_tags, snoozed_until (datetime or
    None), spam, customer.

    All or nothing; one event for each field that really changed. With `version`, raises Conflict when the ticket
    was changed since. Raises InvalidInput, NotAllowed, NotFound.
    """
    ticket = lock_ticket(ticket, actor, right="ticket.change")
    if version is not None and version != ticket.version:
        raise Conflict(field="version", version=ticket.version)
    happened: list[Event] = []
    for field, value in changes.items():
        happened += _change_one(ticket, field, value, actor=actor, now=now)
    if not happened:
        return ticket
    ticket.version += 1
    ticket.updated_at = now
    ticket.save()
    emit(*(_as_it_now_is(event, ticket) for event in happened), actor=actor, now=now)
    return ticket


def _as_it_now_is(event: Event, ticket: Ticket) -> Event:
    assert isinstance(event, events.TicketChanged)
    return events.TicketChanged(**ids_after(ticket), field=event.field, before=event.before, after=event.after)


def _changed(ticket: Ticket, field: str, before: object, after: object) -> list[Event]:
    if before == after:
        return []
    words = ("" if before is None else str(before), "" if after is None else str(after))
    return [events.TicketChanged(ticket_id=ticket.pk, field=field, before=words[0][:300], after=words[1][:300])]


def _change_one(ticket: Ticket, field: str, value: Any, *, actor: Actor, now: datetime) -> list[Event]:
    if field in PLAIN_FIELDS:
        value = _checked(field, value)
        before = getattr(ticket, field)
        setattr(ticket, field, value)
        return _changed(ticket, field, before, value)
    if field == "status":
        return _change_status(ticket, value, now=now)
    if field in {"assignee", "team", "responsible"}:
        return _change_person(ticket, field, value)
    if field in {"tags", "add_tags", "remove_tags"}:
        return _change_tags(ticket, field, value)
    if field == "snoozed_until":
        return _change_snooze(ticket, value, now=now)
    if field == "spam":
        return _change_spam(ticket, bool(value), actor=actor)
    if field == "customer" and isinstance(value, Customer):
        return _change_customer(ticket, value.merged_into or value, now=now)
    raise InvalidInput(_("This cannot be changed here."), field=field)


def _checked(field: str, value: Any) -> Any:
    if field == "subject":
        value = " ".join(storable(str(value)).split())[:500]
        if not value:
            raise InvalidInput(_("Write a subject."), field=field)
    elif field == "priority":
        if isinstance(value, bool) or value not in Priority.values:
            raise InvalidInput(_("Choose a priority from 1 (low) to 4 (urgent)."), field=field)
    elif field == "tier":
        if isinstance(value, bool) or value not in (1, 2, 3):
            raise InvalidInput(_("Choose a tier from 1 to 3."), field=field)
    elif field == "type" and value and value not in TicketType.values:
        raise InvalidInput(_("Choose one of the types."), field=field)
    elif field == "fields":
        if not isinstance(value, dict):
            raise InvalidInput(_("Give the fields by name."), field=field)
        value = storable_json(value)
    elif field == "language" and not (isinstance(value, str) and len(value) <= 8 and value.isascii()):
        raise InvalidInput(_("Choose one of the languages."), field=field)
    return value


def _change_status(ticket: Ticket, value: Any, *, now: datetime) -> list[Event]:
    if isinstance(value, Status):
        status = value
    elif value in CATEGORIES:
        status = builtin_status(value)
    else:
        raise InvalidInput(_("Choose one of the statuses."), field="status")
    before = ticket.status_id
    if status.pk != before and status.archived_at is not None:
        raise InvalidInput(_("This status is no longer used."), field="status")
    set_status(ticket, status, now=now)
    if ticket.waiting_since is None:  # the wait began when the customer wrote, not when somebody noticed
        ticket.waiting_since = waiting_from(ticket)
    return _changed(ticket, "status", before, status.pk)


def _change_customer(ticket: Ticket, customer: Customer, *, now: datetime) -> list[Event]:
    """Answers go to the new customer from now on, and the former one no longer takes part."""
    before = ticket.customer_id
    if before == customer.pk:
        return []
    ticket.customer = customer
    points = {p.key: p for p in customer.contact_points.filter(kind="email").order_by("bounced_at", "id")}
    places = list(Participant.objects.filter(ticket=ticket, removed_at=None))
    own = next((p for p in places if p.key in points or p.customer_id == customer.pk), None)
    former = [p.pk for p in places if p.kind == Participant.Kind.REQUESTER and p is not own]
    Participant.objects.filter(pk__in=former).update(removed_at=now, kind=Participant.Kind.CC)
    if own is None and points:
        address = next(iter(points.values())).value
        own, _new = join(ticket, address=address, name=customer.name, kind="requester", customer=customer)
    if own is not None:
        Participant.objects.filter(pk=own.pk).update(
            kind=Participant.Kind.REQUESTER, customer=customer, since_message_id=0
        )
    return _changed(ticket, "customer", before, customer.pk)


def _change_person(ticket: Ticket, field: str, value: Any) -> list[Event]:
    before = getattr(ticket, f"{field}_id")
    if field != "team" and value is not None and not (isinstance(value, Agent) and value.is_active):
        raise InvalidInput(_("Choose somebody who works here."), field=field)
    if field == "team" and value is not None and not (isinstance(value, Team) and value.archived_at is None):
        raise InvalidInput(_("Choose one of the teams."), field="team")
    setattr(ticket, field, value)
    return _changed(ticket, field, before, value.pk if value else None)


def _change_tags(ticket: Ticket, field: str, names: Any) -> list[Event]:
    if isinstance(names, str) or not isinstance(names, Collection):
        raise InvalidInput(_("Give tags as a list of words."), field="tags")
    wanted = sorted({" ".join(storable(str(n)).split())[:60].strip() for n in names} - {""})
    if len(wanted) > 50:
        raise InvalidInput(_("At most 50 tags."), field="tags")
    before = sorted(ticket.tags.values_list("name", flat=True))
    after = {
        "tags": set(wanted),
        "add_tags": set(before) | set(wanted),
        "remove_tags": set(before) - set(wanted),
    }[field]
    if sorted(after) == before:
        return []
    Tag.objects.bulk_create((Tag(name=n) for n in sorted(after - set(before))), ignore_conflicts=True)
    ticket.tags.set(Tag.objects.filter(name__in=after))
    return _changed(ticket, "tags", ", ".join(before), ", ".join(sorted(after)))


def _change_snooze(ticket: Ticket, until: Any, *, now: datetime) -> list[Event]:
    if until is not None and (not isinstance(until, datetime) or until.tzinfo is None or until <= now):
        raise InvalidInput(_("Choose a time that lies ahead."), field="snoozed_until")
    if until is not None and not ticket.active:
        raise InvalidInput(_("Only open tickets can be snoozed."), field="snoozed_until")
    before = ticket.snoozed_until
    ticket.snoozed_until = until
    return _changed(ticket, "snoozed_until", before.isoformat() if before else "", until.isoformat() if until else "")


def _change_spam(ticket: Ticket, spam: bool, *, actor: Actor) -> list[Event]:
    actor.require("ticket.spam")
    before = ticket.spam
    ticket.spam = spam
    ticket.active = is_active(category=ticket.category, spam=spam, merged=ticket.merged_into_id is not None)
    ticket.waiting_since = waiting_from(ticket)
    if spam:
        ticket.snoozed_until = None
    return _changed(ticket, "spam", before, spam)


def block_ticket_sender(*, ticket: Ticket, actor: Actor, now: datetime) -> Ticket:
    """Mark as spam and block whoever opened it."""
    with transaction.atomic():
        ticket = lock_ticket(ticket, actor, right="ticket.spam")
        requester = Participant.objects.filter(ticket=ticket, kind="requester").first()
        if requester is not None and "@" in requester.address:
            customer_operations.block_sender(
                pattern=requester.address, reason=f"#{ticket.shown_number}", actor=actor, now=now
            )
        return change_ticket(ticket=ticket, actor=actor, now=now, spam=True)


def change_many(
    *, tickets: Sequence[Ticket], actor: Actor, now: datetime, **changes: Any
) -> tuple[list[Ticket], list[tuple[Ticket, HospesError]]]:
    """The bulk action: the one change for each ticket, each in its own transaction; returns done and refused."""
    done: list[Ticket] = []
    refused: list[tuple[Ticket, HospesError]] = []
    for ticket in tickets:
        try:
            done.append(change_ticket(ticket=ticket, actor=actor, now=now, **changes))
        except HospesError as error:
            refused.append((ticket, error))
    return done, refused


@transaction.atomic
def wake_snoozed(*, now: datetime, actor: Actor, limit: int = 200) -> int:
    """Bring back tickets whose snooze has run out."""
    due = list(
        Ticket.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(snoozed_until__lte=now)
        .order_by("snoozed_until")[:limit]
    )
    for ticket in due:
        before = ticket.snoozed_until
        ticket.snoozed_until = None
        ticket.version += 1
        ticket.updated_at = now
        ticket.save(update_fields=["snoozed_until", "version", "updated_at"])
        emit(
            events.TicketChanged(
                **ids_after(ticket), field="snoozed_until", before=before.isoformat() if before else ""
            ),
            actor=actor,
            now=now,
        )
    return len(due)


@transaction.atomic
def remove_participant(*, ticket: Ticket, place_id: int, actor: Actor, now: datetime) -> None:
    """Stop copying somebody in. The requester stays."""
    ticket = lock_ticket(ticket, actor, right="ticket.change")
    place = Participant.objects.filter(ticket=ticket, pk=place_id, kind=Participant.Kind.CC, removed_at=None).first()
    if place is None:
        raise NotFound
    place.removed_at = now
    place.save(update_fields=["removed_at"])
    emit(events.ParticipantRemoved(**ids_after(ticket), address=place.address), actor=actor, now=now)


@transaction.atomic
def mark_read(*, ticket: Ticket, message_id: int, actor: Actor, now: datetime) -> None:
    """Note up to where an agent has read; never moves back. What nobody here had read before is then seen."""
    if actor.kind != "agent" or actor.id is None:
        return
    if not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    place, made = TicketRead.objects.get_or_create(
        ticket=ticket, agent_id=actor.id, defaults={"message_id": message_id}
    )
    if not made and place.message_id < message_id:
        TicketRead.objects.filter(pk=place.pk, message_id__lt=message_id).update(message_id=message_id)
    note_seen(ticket=ticket, until_id=message_id, actor=actor, now=now)


def mark_unread(*, ticket: Ticket, actor: Actor) -> None:
    """Forget how far an agent has read, so that the ticket shows as unread again."""
    TicketRead.objects.filter(ticket=ticket, agent_id=actor.own_id).delete()


@transaction.atomic
def close_own_ticket(*, ticket: Ticket, actor: Actor, now: datetime, reopen: bool = False) -> Ticket:
    """A customer settles or reopens their own request in the portal (found by get_for_customer)."""
    ticket = lock_ticket(ticket, actor)
    if reopen and ticket.category == "closed":
        raise InvalidInput(_("This request is closed. Please open a new one."), field="status")
    if reopen == (ticket.category not in {"solved", "closed"}):
        return ticket
    happened: list[Event] = [*change_status(ticket, builtin_status("open" if reopen else "solved"), now=now)]
    if reopen:
        ticket.waiting_since = now
    ticket.version += 1
    ticket.updated_at = now
    ticket.save()
    if reopen:
        happened.append(events.TicketReopened(**ids_after(ticket)))
    emit(*happened, actor=actor, now=now)
    return ticket
