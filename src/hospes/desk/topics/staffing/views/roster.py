"""Who is on call, of every team and of management, and where nobody is."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.staffing.forms import DutyForm, by_clock
from hospes.desk.topics.staffing.words import day_name, zone_of
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import Team
from hospes.staff.policies import Span

BOTH = ("GET", "HEAD", "POST")
DAYS = 14


def _form(request: DeskRequest, first: Mapping[str, Any]) -> DutyForm:
    return DutyForm(
        request.POST or None,
        initial=first,
        people=staff.active_agents(),
        teams=staff.rosters_of(request.actor),
        management=request.actor.may("staffing.all"),
    )


@desk_view("presence.own", methods=BOTH)
def on_call(request: DeskRequest) -> HttpResponse:
    """The roster of two weeks; posting puts somebody on it, or keeps one's own phone number."""
    now, zone = clock.now(), zone_of(request.user)
    if "phone" in request.POST:
        return _keep_phone(request, now)
    if request.method == "POST":
        request.actor.require("staffing.team")
    morning = (now.astimezone(zone) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    first = {"starts_at": morning.replace(tzinfo=None), "ends_at": (morning + timedelta(days=7)).replace(tzinfo=None)}
    form = _form(request, {**first, "rank": 1, "weeks": 1})
    if request.method == "POST" and form.is_valid():
        try:
            operations.add_on_call(**by_clock(form.cleaned_data, zone), actor=request.actor, now=now)
            messages.success(request, _("Saved."))
            return redirect("desk:on_call")
        except HospesError as error:
            refuse(form, error)
    teams = [t for t in staff.teams() if request.actor.team_ids is None or t.pk in request.actor.team_ids]
    context = {
        "rosters": _rosters(request, teams, now, zone), "form": form, "zone": str(zone), "days": DAYS,
        "may_plan": request.actor.may("staffing.team"), "phone": request.user.phone,
    }  # fmt: skip
    return settings_page(
        request, "desk/staffing/on_call.html", "on_call", context, status=422 if form.is_bound else 200
    )


def _keep_phone(request: DeskRequest, now: datetime) -> HttpResponse:
    try:
        operations.set_phone(agent=request.user, phone=request.POST["phone"], actor=request.actor, now=now)
        messages.success(request, _("Saved."))
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:on_call")


def _rosters(request: DeskRequest, teams: list[Team], now: datetime, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Management and each team with its duties of two weeks and its gaps: four queries."""
    duties = list(staff.on_call(now, now + timedelta(days=DAYS)).filter(agent__is_active=True))
    holes = staff.roster_gaps(now, days=DAYS, teams=teams)
    may = set(staff.rosters_of(request.actor).values_list("pk", flat=True))
    places: list[Team | None] = [None, *teams]
    return [
        {
            "team": team,
            "duties": [
                {"it": d, "now": d.starts_at <= now, "when": _when((d.starts_at, d.ends_at), zone)}
                for d in duties
                if d.team_id == (team.pk if team else None)
            ],
            "gaps": [_when(hole, zone) for hole in holes.get(team.pk if team else None, [])],
            "may": team.pk in may if team else request.actor.may("staffing.all"),
        }
        for team in places
    ]


def _when(span: Span, zone: ZoneInfo) -> str:
    """ "Mon 4 May, 09:00 – Mon 11 May, 09:00"."""
    start, end = (moment.astimezone(zone) for moment in span)
    # Translators: a span of time: day, time of day – day, time of day
    return _("%(day)s, %(time)s – %(end_day)s, %(end_time)s") % {
        "day": day_name(start.date()),
        "time": f"{start:%H:%M}",
        "end_day": day_name(end.date()),
        "end_time": f"{end:%H:%M}",
    }


@desk_view("staffing.team", methods=BOTH)
def duty(request: DeskRequest, duty_id: int) -> HttpResponse:
    """Change a duty, or take somebody off the roster."""
    now, zone = clock.now(), zone_of(request.user)
    found = staff.find_duty(duty_id)
    if found is None:
        raise NotFound
    first = {
        "agent": found.agent_id, "rank": found.rank, "note": found.note,
        "starts_at": found.starts_at.astimezone(zone).replace(tzinfo=None),
        "ends_at": found.ends_at.astimezone(zone).replace(tzinfo=None),
    }  # fmt: skip
    form = _form(request, first)
    del form.fields["weeks"], form.fields["team"]
    if request.method == "POST":
        try:
            if request.POST.get("archive"):
                operations.remove_on_call(duty=found, actor=request.actor, now=now)
                return redirect("desk:on_call")
            if form.is_valid():
                operations.change_on_call(duty=found, **by_clock(form.cleaned_data, zone), actor=request.actor, now=now)
                messages.success(request, _("Saved."))
                return redirect("desk:on_call")
        except HospesError as error:
            refuse(form, error)
    place = found.team.name if found.team else _("Management")
    heading = _("On call: %(place)s") % {"place": place}
    return form_page(request, form, tab="on_call", heading=heading, back="desk:on_call", extra={"archive": True})
