"""Incidents, their updates and tickets, bursts and suggestions, as agents may see them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound
from hospes.incidents.models import Burst, Component, Incident, IncidentTicket, IncidentUpdate, Suggestion, TicketSign
from hospes.tickets.models import Ticket
from hospes.tickets.queries import visible


def components() -> QuerySet[Component]:
    """Parts of the service in use, in their order."""
    return Component.objects.filter(archived_at=None)


def incidents() -> QuerySet[Incident]:
    """All incidents, newest first, with how many tickets are behind each: agents see all of them."""
    linked = Count("places", filter=Q(places__unlinked_at=None))
    return Incident.objects.select_related("owner").prefetch_related("components").annotate(linked=linked)


def active_incidents() -> QuerySet[Incident]:
    """Those that go on."""
    return Incident.objects.exclude(state="resolved")


def get_incident(actor: Actor, incident_id: int) -> Incident:
    """One incident. Raises NotFound."""
    actor.require("desk.enter")
    found = incidents().select_related("declared_by").filter(pk=incident_id).first()
    if found is None:
        raise NotFound
    return found


def updates_of(incident: Incident) -> list[IncidentUpdate]:
    """What was said, newest first."""
    return list(incident.updates.select_related("by").order_by("-id"))


def bursts_open() -> list[Burst]:
    """Proposed bursts, newest first, each with how many tickets it has (`size`)."""
    found = Burst.objects.filter(state="proposed").annotate(size=Count("signs"))
    return list(found.order_by("-id")[:20])


def get_burst(actor: Actor, burst_id: int) -> Burst:
    """One burst. Raises NotFound."""
    actor.require("desk.enter")
    found = Burst.objects.filter(pk=burst_id).first()
    if found is None:
        raise NotFound
    return found


def tickets_of_burst(actor: Actor, bursts: Sequence[Burst], *, limit: int = 5) -> dict[int, list[Ticket]]:
    """The newest tickets of each burst that the actor may see: two queries, however many bursts."""
    newest: dict[int, list[int]] = {burst.pk: [] for burst in bursts}
    signs = TicketSign.objects.filter(burst__in=bursts).order_by("-at").values_list("burst_id", "ticket_id")
    for burst_id, ticket_id in signs[: 200 * max(1, len(bursts))]:
        if len(newest[burst_id]) < limit * 4:
            newest[burst_id].append(ticket_id)
    wanted = [pk for ids in newest.values() for pk in ids]
    found = {t.pk: t for t in visible(actor).select_related("customer").filter(pk__in=wanted)}
    return {burst_id: [found[pk] for pk in ids if pk in found][:limit] for burst_id, ids in newest.items()}


def linked_page(
    actor: Actor, incident: Incident, *, cursor: str = "", limit: int = 50
) -> tuple[list[IncidentTicket], str]:
    """Linked tickets that the actor may see, last linked first, by pages; (the page, the next cursor or "")."""
    found = IncidentTicket.objects.filter(incident=incident, unlinked_at=None)
    if cursor:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
            raise InvalidInput(_("Give back the cursor exactly as it was handed out."), field="cursor")
        found = found.filter(pk__lt=int(cursor))
    if actor.team_ids is not None:
        found = found.filter(Q(ticket__team_id__in=actor.team_ids) | Q(ticket__assignee_id=actor.id))
    tickets = Ticket.objects.select_related("customer", "status")
    page = list(found.prefetch_related(Prefetch("ticket", tickets)).order_by("-id")[: limit + 1])
    more = len(page) > limit
    return page[:limit], str(page[limit - 1].pk) if more else ""


def suggestions_of(actor: Actor, incident: Incident, *, limit: int = 20) -> list[Suggestion]:
    """Tickets that look like it, newest first."""
    found = Suggestion.objects.filter(incident=incident, state="open", ticket__in=visible(actor))
    return list(found.select_related("ticket__customer").order_by("-id")[:limit])


def incidents_of_ticket(ticket: Ticket) -> list[IncidentTicket]:
    """What a ticket belongs to, newest first."""
    found = IncidentTicket.objects.filter(ticket=ticket, unlinked_at=None)
    return list(found.select_related("incident").order_by("-id"))


def suggestions_of_ticket(ticket: Ticket) -> list[Suggestion]:
    """What a ticket looks like, best first; of incidents that go on."""
    found = Suggestion.objects.filter(ticket=ticket, state="open").exclude(incident__state="resolved")
    return list(found.select_related("incident").order_by("-score")[:3])


def shown_words(words: dict[str, Any], names: dict[int, str], *, limit: int = 6) -> list[str]:
    """Signs as people read them: parts by name, products without their mark; the weightiest first."""
    found = []
    for word in sorted(words, key=lambda w: -float(words[w])):
        if word.startswith("@"):
            part = word[1:]
            found.append(names.get(int(part), "") if part.isdigit() else "")
        else:
            found.append(word.removeprefix("#"))
    return [word for word in found if word][:limit]
