"""One incident: how it stands, what was said, the tickets behind it."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from hospes.core import clock
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.shapes import line_of, part_names, state_choices, word_of
from hospes.desk.views.frame import live_since, page
from hospes.incidents import queries
from hospes.incidents.models import Incident
from hospes.incidents.queries.incidents import shown_words


def context_of(request: DeskRequest, incident: Incident) -> dict[str, Any]:
    """What its page and its live part print."""
    updates = queries.updates_of(incident)
    progress = queries.progress_of([update.pk for update in updates if update.public])
    places, older = queries.linked_page(request.actor, incident)
    return {
        "line": line_of(incident, now=clock.now()),
        "incident": incident,
        "updates": [word_of(update, progress.get(update.pk)) for update in updates],
        "places": places,
        "older": older,
        "suggestions": queries.suggestions_of(request.actor, incident) if incident.active else [],
        "words": shown_words(incident.words, part_names(), limit=10),
        "may_manage": request.actor.may("incident.manage"),
        "may_link": request.actor.may("incident.link"),
    }


def composer_of(incident: Incident, *, texts: dict[str, str] | None = None, **chosen: Any) -> dict[str, Any]:
    """The composer of updates: a tab for each language, with how many customers read it."""
    audience = queries.audience(incident)
    counts = {**audience.subscriber_languages}
    for code, many in audience.languages.items():
        counts[code] = counts.get(code, 0) + many
    tabs = [(code, name, (texts or {}).get(code, ""), counts.get(code, 0)) for code, name in settings.LANGUAGES]
    first = max(tabs, key=lambda tab: (bool(tab[2]), tab[3]))[0] if texts or counts else "en"
    return {
        "tabs": tabs,
        "first_tab": first if first in dict(settings.LANGUAGES) else "en",
        "audience": audience,
        "states": [pair for pair in state_choices() if incident.active or pair[0] in {"resolved", "investigating"}],
        "chosen": {"public": True, "state": incident.state, "leave_asked": True, **chosen},
    }


@desk_view()
def incident(request: DeskRequest, incident_id: int) -> HttpResponse:
    """The page."""
    found = queries.get_incident(request.actor, incident_id)
    context = {**context_of(request, found), **live_since(request)}
    if context["may_link"]:
        context |= composer_of(found)
    return page(request, "desk/incidents/one.html", "incidents", context)


@desk_view()
def live(request: DeskRequest, incident_id: int) -> HttpResponse:
    """What moves on it, when something happened."""
    found = queries.get_incident(request.actor, incident_id)
    return render(request, "desk/incidents/one_live.html", context_of(request, found))
