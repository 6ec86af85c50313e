"""Beside the talk: the incident that the ticket belongs to, or looks like."""

from typing import Any

from hospes.desk.access import DeskRequest
from hospes.desk.topics.incidents.shapes import STATES
from hospes.incidents import queries
from hospes.incidents.models import IncidentUpdate
from hospes.incidents.models.incident import IncidentState
from hospes.incidents.policies import chosen_language
from hospes.tickets.models import Ticket


def context(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """At most three queries; None when nothing goes on."""
    places = queries.incidents_of_ticket(ticket)
    suggestions = [] if places else queries.suggestions_of_ticket(ticket)
    may_link = request.actor.may("incident.link")
    if not places and not suggestions:
        active = list(queries.active_incidents().order_by("-id")[:20]) if may_link and ticket.active else []
        return {"ticket": ticket, "active": active, "may_link": may_link} if active else None
    shown = [place.incident for place in places] or [one.incident for one in suggestions]
    said: dict[int, IncidentUpdate] = {}
    for update in IncidentUpdate.objects.filter(incident__in=shown, public=True).order_by("id"):
        said[update.incident_id] = update

    def drawn(incident: Any) -> dict[str, Any]:
        icon, kind = STATES[incident.state]
        update = said.get(incident.pk)
        text = update.texts.get(chosen_language(update.texts, ticket.language), "") if update else ""
        return {"it": incident, "state": IncidentState(incident.state).label, "icon": icon, "kind": kind, "text": text}

    return {
        "ticket": ticket,
        "places": [{"it": place, "incident": drawn(place.incident)} for place in places],
        "suggestions": [
            {
                "it": one,
                "incident": drawn(one.incident),
                "words": [word for word in one.why if not word.startswith(("@", "#"))][:5],
            }
            for one in suggestions
        ],
        "may_link": may_link,
    }
