"""Out of office: one's own, and for leads their teams'."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotAllowed, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.staffing.forms import AbsenceForm, by_clock
from hospes.desk.topics.staffing.words import zone_of
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.staff import operations
from hospes.staff import queries as staff

BOTH = ("GET", "HEAD", "POST")
AHEAD = timedelta(days=180)


def _people(request: DeskRequest) -> Any:
    """Whose absences one may enter: one's own first of all."""
    return staff.active_agents().filter(pk=request.user.pk) | staff.may_plan_for(request.actor)


def _form(request: DeskRequest, first: Mapping[str, Any]) -> AbsenceForm:
    return AbsenceForm(request.POST or None, initial=first, people=_people(request), everybody=staff.active_agents())


@desk_view("presence.own", methods=BOTH)
def absences(request: DeskRequest) -> HttpResponse:
    """Who is and will be away; posting enters an absence."""
    now = clock.now()
    zone = zone_of(request.user)
    tomorrow = (now.astimezone(zone) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    first = {"agent": request.user.pk, "starts_at": _wall(tomorrow), "ends_at": _wall(tomorrow + timedelta(days=7))}
    form = _form(request, first)
    if request.method == "POST" and form.is_valid():
        try:
            operations.add_absence(**by_clock(form.cleaned_data, zone), actor=request.actor, now=now)
            messages.success(request, _("Saved."))
            return redirect("desk:absences")
        except HospesError as error:
            refuse(form, error)
    mine = set(_people(request).values_list("pk", flat=True))
    chains = staff.substitutes_now(now)
    listed = [
        {
            "it": one,
            "now": one.starts_at <= now,
            "may": one.agent_id in mine,
            "broken": one.substitute_id is None or one.substitute_id in chains,
        }
        for one in staff.absences(now, now + AHEAD)
    ]
    context = {"absences": listed, "form": form, "zone": str(zone)}
    return settings_page(
        request, "desk/staffing/absences.html", "absences", context, status=422 if form.is_bound else 200
    )


def _wall(moment: datetime) -> datetime:
    """A moment as the clock on the wall shows it."""
    return moment.replace(tzinfo=None)


@desk_view("presence.own", methods=BOTH)
def absence(request: DeskRequest, absence_id: int) -> HttpResponse:
    """Change an absence, or come back early."""
    now = clock.now()
    found = staff.absences(now).filter(pk=absence_id).first()
    if found is None:
        raise NotFound
    if not _people(request).filter(pk=found.agent_id).exists():
        raise NotAllowed
    zone = zone_of(request.user)
    first = {
        "agent": found.agent_id, "substitute": found.substitute_id, "note": found.note,
        "starts_at": _wall(found.starts_at.astimezone(zone)), "ends_at": _wall(found.ends_at.astimezone(zone)),
    }  # fmt: skip
    form = _form(request, first)
    own: Any = form.fields["agent"]
    own.queryset = staff.active_agents().filter(pk=found.agent_id)
    if request.method == "POST":
        try:
            if request.POST.get("archive"):
                operations.remove_absence(absence=found, actor=request.actor, now=now)
                return redirect("desk:absences")
            if form.is_valid():
                plan = by_clock(form.cleaned_data, zone)
                del plan["agent"]
                operations.change_absence(absence=found, **plan, actor=request.actor, now=now)
                messages.success(request, _("Saved."))
                return redirect("desk:absences")
        except HospesError as error:
            refuse(form, error)
    heading = _("Absence of %(name)s") % {"name": found.agent.name}
    return form_page(request, form, tab="absences", heading=heading, back="desk:absences", extra={"archive": True})
