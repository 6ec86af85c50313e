"""Looking back on an incident: what happened when, how long each step took, how many it hit."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q

from hospes.core.models import EventRow
from hospes.incidents.models import Burst, Incident, IncidentTicket, IncidentUpdate
from hospes.tickets.models import Message


@dataclass(frozen=True, slots=True)
class Moment:
    """A step on the time line: `kind` is first_ticket, proposed, declared, update, internal, state, resolved…"""

    at: datetime
    kind: str
    words: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The time line and its figures; a span is None while its end has not come."""

    moments: tuple[Moment, ...]
    to_detect: timedelta | None
    to_declare: timedelta | None
    to_first_word: timedelta | None
    to_resolve: timedelta | None
    customers: int
    tickets: int
    contacted_again: int


def review_of(incident: Incident) -> Review:
    """Six queries, whatever the number of tickets."""
    linked = IncidentTicket.objects.filter(incident=incident, unlinked_at=None)
    counted = linked.aggregate(
        tickets=Count("id"), customers=Count("ticket__customer", distinct=True), first=Min("ticket__created_at")
    )
    first = counted["first"]
    began = min(incident.began_at, first) if first else incident.began_at
    bursts = list(Burst.objects.filter(incident=incident).order_by("id"))
    updates = list(IncidentUpdate.objects.filter(incident=incident).order_by("id"))
    moments = [Moment(incident.declared_at, "declared", incident.title, _by(incident))]
    if first:
        moments.append(Moment(first, "first_ticket"))
    moments += [Moment(burst.proposed_at, "proposed", str(burst.seen)) for burst in bursts]
    for update in updates:
        words = next(iter(update.texts.values()), "")
        moments.append(Moment(update.at, "update" if update.public else "internal", words, update.by_name))
    moments += _changes(incident)
    spoken = next((update.at for update in updates if update.public), None)
    proposed = bursts[0].proposed_at if bursts else None
    return Review(
        moments=tuple(sorted(moments, key=lambda m: m.at)),
        to_detect=(min(proposed, incident.declared_at) if proposed else incident.declared_at) - began,
        to_declare=incident.declared_at - began,
        to_first_word=spoken - began if spoken else None,
        to_resolve=incident.resolved_at - began if incident.resolved_at else None,
        customers=counted["customers"],
        tickets=counted["tickets"],
        contacted_again=_again(incident),
    )


def _by(incident: Incident) -> str:
    return incident.declared_by.name if incident.declared_by else ""


def _changes(incident: Incident) -> list[Moment]:
    """Changes of state, severity, owner and parts, from the events."""
    rows = EventRow.objects.filter(subject="incident", subject_id=incident.pk, name="IncidentChanged")
    wanted = {"state", "severity", "owner", "components"}
    return [
        Moment(row.at, str(row.data["field"]), str(row.data.get("after", "")), row.actor_name)
        for row in rows.order_by("id")[:500]
        if row.data.get("field") in wanted
    ]


def _again(incident: Incident) -> int:
    """Customers who had to write more than once, on one ticket or on several."""
    tickets = IncidentTicket.objects.filter(incident=incident, unlinked_at=None).values("ticket_id")
    said = Message.objects.filter(ticket__in=tickets, kind=Message.Kind.INCOMING, automatic=False)
    wrote = said.values("ticket__customer").annotate(times=Count("id", filter=Q(auto_kind="")))
    return wrote.filter(times__gt=1).count()
