"""Tickets of an incident: its list, many at once, and from the ticket's own side."""

import re
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core import clock
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.incidents import operations, queries
from hospes.incidents.models import Incident
from hospes.tickets import queries as tickets
from hospes.tickets.models import Ticket
from hospes.tickets.policies import plain_number
from hospes.tickets.queries import screen

AT_ONCE = 200


def _numbers(text: str) -> list[str]:
    """Ticket numbers out of what somebody typed or pasted."""
    found = (plain_number(word) for word in re.split(r"[\s,;]+", text[:8000]))
    return list(dict.fromkeys(number for number in found if number))[:AT_ONCE]


def _linked_words(done: list[Ticket], asked: int) -> str:
    said = ngettext("%(n)s ticket linked.", "%(n)s tickets linked.", len(done)) % {"n": len(done)}
    if len(done) < asked:
        said += " " + _("The others belong to it already, or cannot be found.")
    return said


@desk_view(methods=("GET", "HEAD", "POST"))
def linked(request: DeskRequest, incident_id: int) -> HttpResponse:
    """Further rows of the list; posting links the tickets whose numbers are given."""
    incident = queries.get_incident(request.actor, incident_id)
    if request.method == "POST":
        request.actor.require("incident.link")
        numbers = _numbers(request.POST.get("numbers", ""))
        found = screen.tickets_by_number(request.actor, numbers)
        if not found:
            messages.error(request, _("No ticket has this number."))
            return redirect("desk:incident", incident.pk)
        done = operations.link_tickets(incident=incident, tickets=found, actor=request.actor, now=clock.now())
        messages.success(request, _linked_words(done, len(numbers)))
        return redirect("desk:incident", incident.pk)
    places, older = queries.linked_page(request.actor, incident, cursor=request.GET.get("cursor", ""))
    context = {
        "incident": incident, "places": places, "older": older, "may_link": request.actor.may("incident.link"),
    }  # fmt: skip
    return render(request, "desk/incidents/places.html", context)


@desk_view("incident.link", methods=("POST",))
def link_many(request: DeskRequest) -> HttpResponse:
    """Link the tickets chosen in a list."""
    incident = queries.get_incident(request.actor, posted_id(request.POST.get("incident", "")))
    numbers = _numbers(request.POST.get("tickets", ""))
    found = screen.tickets_by_number(request.actor, numbers)
    done = operations.link_tickets(incident=incident, tickets=found, actor=request.actor, now=clock.now())
    return JsonResponse({"done": [ticket.number for ticket in done], "message": _linked_words(done, len(numbers))})


@desk_view("incident.link", methods=("POST",))
def of_ticket(request: DeskRequest, number: str) -> HttpResponseBase:
    """From the ticket: it is this incident, it is not, it also asks something else."""
    ticket = tickets.get_ticket(request.actor, number)
    incident = queries.get_incident(request.actor, posted_id(request.POST.get("incident", "")))
    words = _act(request, incident, ticket, request.POST.get("do", ""))
    if wants_fragment(request):
        return JsonResponse({"message": words})
    messages.success(request, words)
    return redirect("desk:incident", incident.pk)


def _act(request: DeskRequest, incident: Incident, ticket: Ticket, wish: str) -> str:
    given: dict[str, Any] = {"incident": incident, "ticket": ticket, "actor": request.actor, "now": clock.now()}
    if wish == "link":
        operations.link_tickets(incident=incident, tickets=[ticket], actor=request.actor, now=clock.now())
        return _("Linked.")
    if wish == "unlink":
        operations.unlink_ticket(**given)
        return _("Taken off the incident.")
    if wish == "accept":
        operations.accept_suggestion(**given)
        return _("Linked.")
    if wish == "decline":
        operations.decline_suggestion(**given)
        return _("Not suggested again.")
    if wish in {"keep", "with"}:
        operations.keep_open(**given, keep=wish == "keep")
        return (
            _("It stays open when the incident is resolved.")
            if wish == "keep"
            else _("It is solved with the incident.")
        )
    if wish:
        raise InvalidInput(_("This cannot be done here."), field="do")
    raise NotFound
