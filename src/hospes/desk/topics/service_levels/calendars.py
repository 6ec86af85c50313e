"""Settings of service hours: the list, one calendar with its week drawn, its holidays, and a tester."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from babel import Locale
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import formats
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import zone_choices
from hospes.desk.topics.service_levels import words
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.sla import operations, queries
from hospes.sla.calculator import is_open, next_change, public_holidays
from hospes.sla.models import Calendar
from hospes.sla.policies import calendar_of

BOTH = ("GET", "HEAD", "POST")


def country_choices() -> list[tuple[str, str]]:
    """Countries whose holidays we know, by name in the reader's language."""
    locale = Locale.parse((get_language() or "en").partition("-")[0])
    names = [
        (code, locale.territories.get(code, code)) for code in holidays.list_supported_countries(include_aliases=False)
    ]
    return [("", "—"), *sorted(names, key=lambda pair: pair[1])]


class CalendarForm(forms.Form):
    """When somebody is there."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    country = forms.ChoiceField(
        label=gettext_lazy("Public holidays of"),
        required=False,
        help_text=gettext_lazy("We are closed on these. A day of your own, below, wins."),
    )
    subdivision = forms.CharField(
        label=gettext_lazy("Region"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("Its short code, for instance BY for Bavaria."),
        widget=forms.TextInput({"dir": "ltr"}),
    )
    days = forms.CharField(
        label=gettext_lazy("Days of your own"),
        required=False,
        help_text=gettext_lazy(
            "A line for each: 2026-12-24 09:00-13:00 Christmas Eve. Without hours we are closed that day."
        ),
        widget=forms.Textarea({"rows": 5, "dir": "ltr"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["time_zone"].choices = zone_choices()[1:]
        fields["country"].choices = country_choices()
        for day, name in zip(words.DAYS, weekday_names(), strict=True):
            self.fields[f"day{day}"] = forms.CharField(
                label=name, required=False, max_length=200, widget=forms.TextInput({"dir": "ltr"})
            )

    def week(self) -> list[Any]:
        """The fields of the seven days."""
        return [self[f"day{day}"] for day in words.DAYS]

    def values(self) -> dict[str, Any]:
        """What the operation takes. Raises InvalidInput."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("name", "time_zone", "country", "subdivision")},
            "windows": [words.windows_typed(data[f"day{day}"], f"day{day}") for day in words.DAYS],
            "days": words.days_typed(data["days"]),
        }


def weekday_names() -> list[str]:
    """Monday to Sunday in the reader's language."""
    monday = date(2024, 1, 1)
    return [formats.date_format(monday + timedelta(days=n), "l") for n in words.DAYS]


@desk_view("sla.manage")
def calendars(request: DeskRequest) -> HttpResponse:
    """All calendars, each with whether it is open now."""
    now = clock.now()
    found = [{"it": one, **_state(one, now)} for one in queries.calendars()]
    return settings_page(request, "desk/service_levels/calendars.html", "calendars", {"calendars": found})


def _state(calendar: Calendar, now: datetime) -> dict[str, Any]:
    hours = calendar_of(queries.data_of(calendar))
    opened, until = next_change(hours, now)
    local = until.astimezone(ZoneInfo(calendar.time_zone)) if until else None
    return {"open": opened, "until": formats.date_format(local, "D H:i") if local else ""}


@desk_view("sla.manage", methods=BOTH)
def calendar(request: DeskRequest, calendar_id: int | None = None) -> HttpResponse:
    """Make, change or put away a calendar."""
    found = queries.get_calendar(calendar_id) if calendar_id else None
    form = CalendarForm(request.POST or None, initial=_first(found))
    if request.method == "POST":
        try:
            if found and request.POST.get("archive"):
                operations.archive_calendar(calendar=found, actor=request.actor, now=clock.now())
                return redirect("desk:calendars")
            if form.is_valid():
                saved = operations.save_calendar(calendar=found, actor=request.actor, now=clock.now(), **form.values())
                messages.success(request, _("Saved."))
                return redirect("desk:calendar_settings", saved.pk)
        except HospesError as error:
            place = error.field.replace("windows.", "day")
            error.field = place if place in form.fields else error.field.partition(".")[0]
            form.is_valid()
            refuse(form, error)
    context = {"form": form, "calendar": found, **(_drawn(request, found) if found else {})}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/service_levels/calendar.html", "calendars", context, status=status)


def _first(found: Calendar | None) -> dict[str, Any]:
    if found is None:
        usual = {f"day{day}": "09:00-18:00" if day < 5 else "" for day in words.DAYS}
        return {"time_zone": clock_zone(), **usual}
    return {
        **{name: getattr(found, name) for name in ("name", "time_zone", "country", "subdivision")},
        **{f"day{day}": words.windows_text(found.windows[day]) for day in words.DAYS},
        "days": words.days_text(found.days),
    }


def clock_zone() -> str:
    """The company's time zone."""
    from django.conf import settings

    return str(settings.TIME_ZONE)


def _drawn(request: DeskRequest, found: Calendar) -> dict[str, Any]:
    """The week that we are in as bars, holidays of this and the next year, and the tester's answer."""
    hours = calendar_of(queries.data_of(found))
    today = clock.now().astimezone(ZoneInfo(found.time_zone)).date()
    monday = today - timedelta(days=today.weekday())
    week = [
        {
            "on": day.on,
            "today": day.on == today,
            "bars": [(start, end - start) for start, end in day.windows],
            "words": _(", ").join(f"{words.clock_time(s)}–{words.clock_time(e)}" for s, e in day.windows),
            "holiday": day.holiday,
            "own": day.own,
        }
        for day in queries.days_of(hours, monday, monday + timedelta(days=6))
    ]
    years = [
        (year, sorted(public_holidays(found.country, found.subdivision, year).items()) if found.country else [])
        for year in (today.year, today.year + 1)
    ]
    return {"week": week, "years": years if found.country else [], **_tested(request, found)}


def _tested(request: DeskRequest, found: Calendar) -> dict[str, Any]:
    """Is it open at …? Asked in the calendar's own time."""
    asked = request.GET.get("at", "")
    try:
        at = parse_datetime(asked) if asked else None
    except ValueError:
        at = None
    if at is None:
        return {"asked": asked[:30]}
    hours = calendar_of(queries.data_of(found))
    moment = at.replace(tzinfo=ZoneInfo(found.time_zone)) if at.tzinfo is None else at
    if not 1971 <= moment.year <= 2200:
        return {"asked": asked[:30]}
    _opened, until = next_change(hours, moment)
    return {
        "asked": asked[:30],
        "answer": {
            "open": is_open(hours, moment),
            "holiday": hours.holiday(moment.date()),
            "until": formats.date_format(until.astimezone(ZoneInfo(found.time_zone)), "D, j M Y, H:i") if until else "",
        },
    }


@desk_view("sla.manage", methods=("POST",))
def apply(request: DeskRequest, calendar_id: int) -> HttpResponse:
    """Have open tickets counted by this calendar as it is now."""
    found = queries.get_calendar(calendar_id)
    operations.apply_to_open(calendar=found, actor=request.actor, now=clock.now())
    messages.success(request, _("Open tickets are being counted anew."))
    return redirect("desk:policies")
