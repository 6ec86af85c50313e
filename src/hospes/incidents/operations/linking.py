"""Tickets come to an incident and leave it: by hand, in bulk, by suggestion, by themselves."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.events import Event, emit
from hospes.incidents import events
from hospes.incidents.detection import signature
from hospes.incidents.detection.words import telling
from hospes.incidents.models import Burst, Component, Incident, IncidentTicket, Suggestion, TicketSign
from hospes.incidents.operations.base import lock_incident
from hospes.incidents.operations.telling import welcome
from hospes.incidents.queries.rates import usual_shares
from hospes.tickets.models import Ticket
from hospes.tickets.policies import agent_may_see

AT_ONCE = 1000
LEARNED_FROM = 200
OF_TITLE = 2.0  # bits of a word of the title or of a part's names, before any ticket shows what customers write
OF_PART = 4.0


def signs_from_words(incident: Incident, components: Iterable[Component]) -> dict[str, float]:
    """By what further tickets are recognised before any is linked: the words of the title, the parts it touches."""
    titles = [incident.title, *incident.titles.values()]
    found = dict.fromkeys(chain.from_iterable(telling(title) for title in titles), OF_TITLE)
    return {**found, **{f"@{component.pk}": OF_PART for component in components}}


@transaction.atomic
def link_tickets(
    *,
    incident: Incident,
    tickets: Sequence[Ticket],
    actor: Actor,
    now: datetime,
    way: str = IncidentTicket.Way.HAND,
    why: Sequence[str] = (),
) -> list[Ticket]:
    """Say that tickets belong to an incident; returns those that newly do. Their customers hear its latest public
    word, once. Merged tickets are linked by the one that they were merged into. Raises InvalidInput, NotFound."""
    if len(tickets) > AT_ONCE:
        raise InvalidInput(_("At most %(number)s tickets at once.") % {"number": AT_ONCE}, field="tickets")
    incident = lock_incident(incident, actor, right="incident.link")
    if actor.kind == "agent" and not all(
        agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id) for ticket in tickets
    ):
        raise NotFound
    wanted = {ticket.merged_into_id or ticket.pk: ticket.merged_into or ticket for ticket in tickets}
    known = {place.ticket_id: place for place in IncidentTicket.objects.filter(incident=incident, ticket__in=wanted)}
    new = [pk for pk in wanted if pk not in known]
    back = [place.pk for place in known.values() if place.unlinked_at is not None]
    if not new and not back:
        return []
    said = {"way": way, "by_name": actor.name[:200], "why": list(why)[:8], "linked_at": now}
    IncidentTicket.objects.bulk_create(IncidentTicket(incident=incident, ticket_id=pk, **said) for pk in new)
    IncidentTicket.objects.filter(pk__in=back).update(unlinked_at=None, **said)
    joined = [wanted[pk] for pk in sorted({*new, *(p.ticket_id for p in known.values() if p.pk in back)})]
    _settle_suggestions(incident, joined)
    happened: list[Event] = [
        events.TicketJoinedIncident(**_of(ticket), incident_id=incident.pk, title=incident.title, way=way)
        for ticket in joined
    ]
    emit(*happened, actor=actor, now=now)
    if way != IncidentTicket.Way.BURST:
        learn_signs(incident)
    welcome(incident=incident, tickets=joined, now=now, way=way)
    return joined


def _of(ticket: Ticket) -> dict[str, Any]:
    return {"ticket_id": ticket.pk, "team_id": ticket.team_id, "assignee_id": ticket.assignee_id}


def _settle_suggestions(incident: Incident, tickets: Sequence[Ticket]) -> None:
    Suggestion.objects.filter(incident=incident, ticket__in=tickets, state="open").update(state="accepted")


def learn_signs(incident: Incident) -> None:
    """Find anew by what the linked tickets can be told from others; the newest ones teach, those linked by
    themselves do not, so that a mistake does not feed itself."""
    linked = IncidentTicket.objects.filter(incident=incident, unlinked_at=None).exclude(way="automatic")
    newest = list(linked.order_by("-id").values_list("ticket_id", flat=True)[:LEARNED_FROM])
    tickets = list(TicketSign.objects.filter(ticket__in=newest).values_list("terms", flat=True))
    given = signs_from_words(incident, incident.components.all())
    if len(tickets) >= 3:
        usual = usual_shares({term for terms in tickets for term in terms}, at=incident.declared_at)
        given = {**given, **signature(tickets, usual)}
    Incident.objects.filter(pk=incident.pk).update(words=given)
    incident.words = given


@transaction.atomic
def link_burst(*, incident: Incident, burst: Burst, actor: Actor, now: datetime) -> list[Ticket]:
    """All tickets of a proposed burst belong to this incident, and those that still come. Raises Conflict."""
    actor.require("incident.manage")
    burst = Burst.objects.select_for_update(no_key=True).get(pk=burst.pk)
    if burst.state != Burst.State.PROPOSED:
        raise Conflict(_("Somebody decided about these tickets meanwhile."))
    burst.state, burst.incident, burst.decided_at = Burst.State.DECLARED, incident, now
    burst.decided_by_id = actor.id if actor.kind == "agent" else None
    burst.save(update_fields=["state", "incident", "decided_at", "decided_by"])
    emit(events.BurstDecided(burst_id=burst.pk, state=burst.state), actor=actor, now=now)
    incident = lock_incident(incident, actor, right="incident.manage")
    incident.words = {**burst.words, **incident.words}
    incident.save(update_fields=["words"])
    linked: list[Ticket] = []
    found = Ticket.objects.filter(pk__in=TicketSign.objects.filter(burst=burst).values("ticket_id"), spam=False)
    tickets = list(found.select_related("merged_into").order_by("id"))
    if actor.kind == "agent":
        tickets = [t for t in tickets if agent_may_see(actor, team_id=t.team_id, assignee_id=t.assignee_id)]
    for start in range(0, len(tickets), AT_ONCE):
        part = tickets[start : start + AT_ONCE]
        linked += link_tickets(incident=incident, tickets=part, actor=actor, now=now, way=IncidentTicket.Way.BURST)
    return linked


@transaction.atomic
def unlink_ticket(*, incident: Incident, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """It does not belong to it: nothing more is told on it. Raises NotFound."""
    incident = lock_incident(incident, actor, right="incident.link")
    if actor.kind == "agent" and not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    place = IncidentTicket.objects.filter(incident=incident, ticket=ticket, unlinked_at=None).first()
    if place is None:
        raise NotFound
    place.unlinked_at = now
    place.save(update_fields=["unlinked_at"])
    Suggestion.objects.update_or_create(
        incident=incident, ticket=ticket, defaults={"state": "declined", "score": 0.0, "at": now}
    )
    learn_signs(incident)
    left = events.TicketLeftIncident(**_of(ticket), incident_id=incident.pk, title=incident.title)
    emit(left, actor=actor, now=now)


@transaction.atomic
def follow_merge(*, ticket_id: int, into_id: int, now: datetime) -> None:
    """A ticket was merged: where the talk goes on belongs to the same incidents."""
    into = Ticket.objects.select_related("merged_into").filter(pk=into_id).first()
    if into is None:
        return
    places = IncidentTicket.objects.filter(ticket=ticket_id, unlinked_at=None).select_related("incident")
    for place in places.order_by("incident"):
        link_tickets(incident=place.incident, tickets=[into], actor=SYSTEM, now=now, way=place.way, why=place.why)


@transaction.atomic
def accept_suggestion(*, incident: Incident, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """It is the same matter. Raises NotFound when nothing was suggested."""
    found = Suggestion.objects.filter(incident=incident, ticket=ticket, state="open").first()
    if found is None:
        raise NotFound
    link_tickets(
        incident=incident,
        tickets=[ticket],
        actor=actor,
        now=now,
        way=IncidentTicket.Way.SUGGESTION,
        why=found.why,
    )


@transaction.atomic
def decline_suggestion(*, incident: Incident, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """It is something else: not suggested again. Raises NotFound when nothing was suggested."""
    actor.require("incident.link")
    if actor.kind == "agent" and not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    if not Suggestion.objects.filter(incident=incident, ticket=ticket, state="open").update(state="declined"):
        raise NotFound
    declined = events.TicketLooksLikeIncident(
        **_of(ticket), incident_id=incident.pk, title=incident.title, declined=True
    )
    emit(declined, actor=actor, now=now)


@transaction.atomic
def keep_open(*, incident: Incident, ticket: Ticket, actor: Actor, now: datetime, keep: bool) -> None:
    """The customer also asked something else (or not): the ticket is not solved with the incident."""
    actor.require("incident.link")
    if actor.kind == "agent" and not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    found = IncidentTicket.objects.filter(incident=incident, ticket=ticket, unlinked_at=None)
    if not found.update(keep_open=keep):
        raise NotFound
    emit(
        events.IncidentChanged(
            incident_id=incident.pk, title=incident.title, field="keep_open", after=ticket.shown_number
        ),
        actor=actor,
        now=now,
    )
