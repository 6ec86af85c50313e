"""Declaring an incident, by hand or from a proposal; changing it; deciding about a burst."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.forms import IncidentForm
from hospes.desk.topics.incidents.shapes import part_names, proposal_of
from hospes.desk.views.frame import page
from hospes.desk.views.settings.base import refuse
from hospes.incidents import operations, queries
from hospes.incidents.models import Burst, Incident

BOTH = ("GET", "HEAD", "POST")
FIRST = {"severity": "major", "public": True, "answer_newcomers": True}


@desk_view("incident.manage", methods=BOTH)
def new(request: DeskRequest) -> HttpResponse:
    """Declare an incident; `burst` names the proposal that it comes from."""
    wanted = posted_id(request.POST.get("burst", "") or request.GET.get("burst", ""))
    burst = queries.get_burst(request.actor, wanted) if wanted else None
    form = IncidentForm(request.POST or None, initial=_first(request, burst))
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.declare(**_given(form), burst=burst, actor=request.actor, now=clock.now())
        except HospesError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Declared. Customers hear of it when you write a public update."))
            return redirect("desk:incident", made.pk)
    proposal = None
    if burst is not None:
        behind = queries.tickets_of_burst(request.actor, [burst], limit=8)[burst.pk]
        proposal = proposal_of(burst, behind, part_names(), now=clock.now())
    return _form_page(request, form, heading=_("Declare an incident"), button=_("Declare"), proposal=proposal)


def _first(request: DeskRequest, burst: Burst | None) -> dict[str, Any]:
    first: dict[str, Any] = {**FIRST, "owner": request.user}
    if burst is not None:
        parts = [posted_id(word[1:]) for word in burst.words if word.startswith("@")]
        first |= {"components": parts, "began_at": burst.began_at}
    return first


def _given(form: IncidentForm) -> dict[str, Any]:
    data = form.cleaned_data
    names = ("title", "severity", "owner", "began_at", "public", "link_close_matches", "answer_newcomers")
    return {
        **{name: data[name] for name in names},
        "titles": form.titles(),
        "components": [part.pk for part in data.get("components", ())],
    }


def _form_page(request: DeskRequest, form: IncidentForm, *, heading: str, button: str, **more: Any) -> HttpResponse:
    context = {"form": form, "heading": heading, "button": button, **more}
    return page(request, "desk/incidents/form.html", "incidents", context, status=422 if form.is_bound else 200)


@desk_view("incident.manage", methods=BOTH)
def change(request: DeskRequest, incident_id: int) -> HttpResponse:
    """Change what was declared."""
    found = queries.get_incident(request.actor, incident_id)
    names = ("title", "titles", "severity", "owner", "began_at", "public", "link_close_matches", "answer_newcomers")
    first = {name: getattr(found, name) for name in names}
    form = IncidentForm(request.POST or None, initial={**first, "components": found.components.all()})
    if request.method == "POST" and form.is_valid():
        given = _given(form)
        given["began_at"] = given["began_at"] or found.began_at
        if "components" not in form.fields:
            del given["components"]
        try:
            operations.change_incident(incident=found, actor=request.actor, now=clock.now(), **given)
        except HospesError as error:
            refuse(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:incident", found.pk)
    back = reverse("desk:incident", args=[found.pk])
    return _form_page(request, form, heading=_("Change the incident"), button=_("Save"), back=back)


@desk_view("incident.manage", methods=("POST",))
def decide(request: DeskRequest, burst_id: int) -> HttpResponse:
    """Dismiss a proposal, or add its tickets to an incident that is there already."""
    burst = queries.get_burst(request.actor, burst_id)
    now = clock.now()
    try:
        if request.POST.get("incident"):
            incident: Incident = queries.get_incident(request.actor, posted_id(request.POST["incident"]))
            linked = operations.link_burst(incident=incident, burst=burst, actor=request.actor, now=now)
            words = ngettext("%(n)s ticket linked.", "%(n)s tickets linked.", len(linked)) % {"n": len(linked)}
            messages.success(request, words)
            return redirect("desk:incident", incident.pk)
        operations.dismiss_burst(burst=burst, actor=request.actor, now=now)
    except HospesError as error:
        if error.status == 404:
            raise
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Dismissed. The same words are not proposed again for a day."))
    return redirect("desk:incidents")
