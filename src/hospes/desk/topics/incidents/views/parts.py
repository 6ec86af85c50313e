"""The parts of the service: what they are called, by which words customers mean them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.forms import LANGUAGES, ComponentForm
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.incidents import operations, queries
from hospes.incidents.models import Component


@desk_view("incident.manage")
def parts(request: DeskRequest) -> HttpResponse:
    """All parts in their order."""
    return settings_page(request, "desk/incidents/parts.html", "parts", {"parts": list(queries.components())})


def _first(found: Component | None) -> dict[str, Any]:
    if found is None:
        return {"state": "operational", "position": queries.components().count()}
    first: dict[str, Any] = {"name": found.name, "state": found.state, "position": found.position}
    for code, _name in LANGUAGES:
        first[f"name_{code}"] = found.names.get(code, "")
        first[f"keywords_{code}"] = ", ".join(found.keywords.get(code, []))
    return first


@desk_view("incident.manage", methods=("GET", "HEAD", "POST"))
def part(request: DeskRequest, component_id: int | None = None) -> HttpResponse:
    """Make, change or put away a part."""
    found = queries.components().filter(pk=component_id).first() if component_id and component_id < 2**63 else None
    if component_id is not None and found is None:
        raise NotFound
    form = ComponentForm(request.POST or None, initial=_first(found))
    if request.method == "POST":
        if found and request.POST.get("archive"):
            operations.archive_component(component=found, actor=request.actor, now=clock.now())
            return redirect("desk:parts")
        if form.is_valid():
            data = form.cleaned_data
            try:
                operations.save_component(
                    component=found,
                    name=data["name"],
                    state=data["state"],
                    position=data["position"],
                    names=form.names(),
                    keywords=form.keywords(),
                    actor=request.actor,
                    now=clock.now(),
                )
            except HospesError as error:
                refuse(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("desk:parts")
    heading = found.name if found else _("New part of the service")
    return form_page(request, form, tab="parts", heading=heading, back="desk:parts", extra={"archive": bool(found)})
