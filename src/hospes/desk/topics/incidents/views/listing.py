"""All incidents: proposals on top, then what goes on, then what was."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from hospes.core import clock
from hospes.core.paging import by_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.shapes import line_of, part_names, proposal_of
from hospes.desk.views.frame import live_since, page
from hospes.incidents import queries

PAGE = 30


def _context(request: DeskRequest) -> dict[str, Any]:
    now = clock.now()
    bursts = queries.bursts_open()
    behind = queries.tickets_of_burst(request.actor, bursts) if bursts else {}
    names = part_names() if bursts else {}
    past, older = by_id(
        queries.incidents().filter(state="resolved"),
        cursor=request.GET.get("cursor"),
        limit=PAGE,
        newest_first=True,
    )
    active = list(queries.incidents().exclude(state="resolved").order_by("-id")[:100])
    return {
        "proposals": [proposal_of(burst, behind[burst.pk], names, now=now) for burst in bursts],
        "active": [line_of(incident, now=now) for incident in active],
        "past": [line_of(incident, now=now) for incident in past],
        "older": older,
        "may_manage": request.actor.may("incident.manage"),
    }


@desk_view()
def incidents(request: DeskRequest) -> HttpResponse:
    """The page."""
    context = {**_context(request), **live_since(request)}
    return page(request, "desk/incidents/list.html", "incidents", context)


@desk_view()
def rows(request: DeskRequest) -> HttpResponse:
    """Its matter alone, when something happened."""
    return render(request, "desk/incidents/list_matter.html", _context(request))
