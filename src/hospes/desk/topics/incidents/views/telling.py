"""Writing an update: first what will happen is shown, then it is sent to all."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.shapes import audience_lines
from hospes.desk.topics.incidents.views.one import composer_of, context_of
from hospes.desk.views.frame import live_since, page
from hospes.incidents import operations, queries
from hospes.incidents.models import Incident
from hospes.incidents.models.incident import IncidentState


@desk_view("incident.link", methods=("POST",))
def tell(request: DeskRequest, incident_id: int) -> HttpResponse:
    """An update. A public one is not sent at the first press: the page then says whom it reaches and how."""
    found = queries.get_incident(request.actor, incident_id)
    texts = {code: request.POST.get(f"text_{code}", "") for code, _name in settings.LANGUAGES}
    given: dict[str, Any] = {
        "public": bool(request.POST.get("public")),
        "state": request.POST.get("state", ""),
        "solve": bool(request.POST.get("solve")) and request.POST.get("state") == "resolved",
        "leave_asked": bool(request.POST.get("leave_asked")),
    }
    if request.POST.get("back"):
        return _page(request, found, texts, given)
    version = posted_id(request.POST.get("version", ""))
    if (given["public"] or given["solve"]) and not request.POST.get("sure") and any(t.strip() for t in texts.values()):
        request.actor.require("incident.manage")
        return _ask(request, found, texts, given)
    try:
        operations.post_update(
            incident=found, actor=request.actor, now=clock.now(), texts=texts, version=version or None, **given
        )
    except HospesError as error:
        return _page(request, found, texts, given, words=str(error.message), status=error.status)
    messages.success(request, _("On its way.") if given["public"] else _("Noted."))
    return redirect("desk:incident", found.pk)


def _page(
    request: DeskRequest,
    incident: Incident,
    texts: dict[str, str],
    given: dict[str, Any],
    *,
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page again, nothing typed lost."""
    composer = composer_of(incident, texts=texts, **given)
    context = {**context_of(request, incident), **composer, **live_since(request), "refusal": words}
    return page(request, "desk/incidents/one.html", "incidents", context, status=status)


def _ask(request: DeskRequest, incident: Incident, texts: dict[str, str], given: dict[str, Any]) -> HttpResponse:
    audience = queries.audience(incident)
    names = dict(settings.LANGUAGES)
    state = given["state"] or incident.state
    context = {
        "incident": incident,
        "texts": [(code, names[code], text) for code, text in texts.items() if text.strip()],
        "given": given,
        "state_label": IncidentState(state).label if state in IncidentState.values else state,
        "audience": audience,
        "lines": audience_lines(audience, texts) if given["public"] else [],
        "missing": sum(audience.missing(texts).values()) if given["public"] else 0,
        "version": incident.version,
    }
    return page(request, "desk/incidents/ask.html", "incidents", context)


@desk_view("incident.manage", methods=("POST",))
def again(request: DeskRequest, incident_id: int, update_id: int) -> HttpResponse:
    """Try those again who could not be told."""
    found = queries.get_incident(request.actor, incident_id)
    update = found.updates.filter(pk=update_id).first() if update_id < 2**63 else None
    if update is None:
        raise NotFound
    many = operations.try_telling_again(update=update, actor=request.actor, now=clock.now())
    said = ngettext("%(n)s more try is under way.", "%(n)s more tries are under way.", many)
    messages.success(request, said % {"n": many})
    return redirect("desk:incident", found.pk)
