"""Shifts: a week of a team at a glance, planned by leads, seen by all."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.staffing.forms import ShiftForm
from hospes.desk.topics.staffing.words import day_name, hours, zone_of
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import Absence, Agent, Shift, Team

OFFICE_HOURS = {"start": "09:00", "end": "17:00", "weeks": 1}
BOTH = ("GET", "HEAD", "POST")


@desk_view("presence.own", methods=BOTH)
def shifts(request: DeskRequest) -> HttpResponse:
    """The week of one team; posting plans shifts."""
    if request.method == "POST":
        request.actor.require("staffing.team")
    teams = [t for t in staff.teams() if request.actor.team_ids is None or t.pk in request.actor.team_ids]
    team = _team(request, teams)
    zone = zone_of(request.user, team)
    monday = _monday(request.GET.get("week", ""), clock.now().astimezone(zone).date())
    people = staff.may_plan_for(request.actor)
    form = ShiftForm(
        request.POST or None,
        initial={
            "agent": people.filter(teams=team).first(),
            "day": monday,
            "start": "09:00",
            "end": "17:00",
            "team": team,
            "weeks": 1,
        },
        people=people,
        teams=staff.teams(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _plan(request, form, zone, monday)
        except HospesError as error:
            refuse(form, error)
    start = datetime.combine(monday, datetime.min.time(), tzinfo=zone)
    context = {
        **_week(start, zone, team, may_change=set(people.values_list("pk", flat=True))),
        "teams": teams, "team": team, "zone": str(zone), "form": form,
        "before": (monday - timedelta(days=7)).isoformat(), "after": (monday + timedelta(days=7)).isoformat(),
        "may_plan": request.actor.may("staffing.team"),
    }  # fmt: skip
    return settings_page(request, "desk/staffing/shifts.html", "shifts", context, status=422 if form.is_bound else 200)


def _team(request: DeskRequest, teams: list[Team]) -> Team | None:
    """The team asked for, else the reader's first one, else the first of all."""
    wanted = request.GET.get("team") or ""
    own = set(request.user.memberships.values_list("team_id", flat=True))
    chosen = next((t for t in teams if str(t.pk) == wanted), None)
    return chosen or next((t for t in teams if t.pk in own), teams[0] if teams else None)


def _monday(asked: str, today: date) -> date:
    try:
        day = date.fromisoformat(asked)
        day - timedelta(days=20), day + timedelta(days=20)  # weeks at the ends of the calendar have no neighbours
    except (ValueError, OverflowError):
        day = today
    return day - timedelta(days=day.weekday())


def _plan(request: DeskRequest, form: ShiftForm, zone: ZoneInfo, monday: date) -> HttpResponse:
    data = form.cleaned_data
    starts_at, ends_at = form.span(zone)
    made = operations.add_shift(
        agent=data["agent"],
        team=data["team"],
        starts_at=starts_at,
        ends_at=ends_at,
        weeks=data["weeks"],
        note=data["note"],
        actor=request.actor,
        now=clock.now(),
    )
    messages.success(request, _("Planned: %(count)d.") % {"count": len(made)})
    team = data["team"]
    return redirect(f"{reverse('desk:shifts')}?week={monday.isoformat()}" + (f"&team={team.pk}" if team else ""))


def _week(start: datetime, zone: ZoneInfo, team: Team | None, *, may_change: set[int]) -> dict[str, Any]:
    """Seven days by person: four queries."""
    end = start + timedelta(days=7)
    people = list(staff.active_agents().filter(teams=team) if team else staff.active_agents())
    planned = list(staff.shifts(start, end).filter(agent__in=people))
    away = list(staff.absences(start, end).filter(agent__in=people))
    days = [(start + timedelta(days=n)).date() for n in range(7)]
    rows = [{"agent": a, "cells": [_cell(a, d, planned, away, zone, may_change) for d in days]} for a in people]
    today = clock.now().astimezone(zone).date()
    heads = [{"day": day, "label": day_name(day), "today": day == today} for day in days]
    return {"days": heads, "rows": rows, "monday": days[0], "sunday": days[-1], "planned": len(planned)}


def _cell(
    agent: Agent, day: date, planned: list[Shift], away: list[Absence], zone: ZoneInfo, may_change: set[int]
) -> dict[str, Any]:
    here = [s for s in planned if s.agent_id == agent.pk and s.starts_at.astimezone(zone).date() == day]
    gone = [
        a for a in away
        if a.agent_id == agent.pk
        and a.starts_at.astimezone(zone).date() <= day <= (a.ends_at - timedelta(seconds=1)).astimezone(zone).date()
    ]  # fmt: skip
    return {
        "shifts": [
            {"pk": s.pk, "hours": hours(s.starts_at, s.ends_at, zone), "note": s.note, "team": s.team,
             "may": s.agent_id in may_change}
            for s in here
        ],
        "absent": bool(gone),
    }  # fmt: skip


@desk_view("staffing.team", methods=BOTH)
def shift(request: DeskRequest, shift_id: int) -> HttpResponse:
    """Change one shift, or take it out of the plan."""
    people = staff.may_plan_for(request.actor)
    found = staff.find_shift(shift_id)
    if found is None or not people.filter(pk=found.agent_id).exists():
        raise NotFound
    zone = zone_of(request.user, found.team)
    first = {
        "agent": found.agent_id, "team": found.team_id, "note": found.note,
        "day": found.starts_at.astimezone(zone).date(),
        "start": found.starts_at.astimezone(zone).time(), "end": found.ends_at.astimezone(zone).time(),
    }  # fmt: skip
    form = ShiftForm(request.POST or None, initial=first, people=people.filter(pk=found.agent_id), teams=staff.teams())
    del form.fields["weeks"]
    if request.method == "POST":
        back = f"{reverse('desk:shifts')}?week={first['day']}" + (f"&team={found.team_id}" if found.team_id else "")
        try:
            if request.POST.get("archive"):
                operations.remove_shift(shift=found, actor=request.actor, now=clock.now())
                return redirect(back)
            if form.is_valid():
                starts_at, ends_at = form.span(zone)
                operations.change_shift(
                    shift=found,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    team=form.cleaned_data["team"],
                    note=form.cleaned_data["note"],
                    actor=request.actor,
                    now=clock.now(),
                )
                messages.success(request, _("Saved."))
                return redirect(back)
        except HospesError as error:
            refuse(form, error)
    heading = _("Shift of %(name)s") % {"name": found.agent.name}
    text = _("Times are those of %(zone)s.") % {"zone": zone}
    return form_page(
        request, form, tab="shifts", heading=heading, text=text, back="desk:shifts", extra={"archive": True}
    )
