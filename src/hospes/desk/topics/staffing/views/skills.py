"""What agents can do: the table of skills and languages, and capacity."""

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.topics.staffing.words import channel_words
from hospes.desk.views.settings.base import settings_page
from hospes.desk.views.ticket import language_name
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.models import Agent

BOTH = ("GET", "HEAD", "POST")
MOST = 1000  # a number in these tables


@desk_view("staffing.team", methods=BOTH)
def skills(request: DeskRequest) -> HttpResponse:
    """Who knows what and speaks what; posting makes, renames or puts away a skill."""
    if request.method == "POST":
        try:
            _change_skill(request)
        except HospesError as error:
            messages.error(request, str(error.message))
        return redirect("desk:skills")
    people = list(staff.may_plan_for(request.actor))
    found = list(staff.skills())
    known = staff.availability(clock.now(), [agent.pk for agent in people])
    languages = _languages(known)
    rows = [
        {
            "agent": agent,
            "skills": [(skill, known[agent.pk].skills.get(skill.pk, 0)) for skill in found],
            "languages": [(code, name, known[agent.pk].languages.get(code, 0)) for code, name in languages],
        }
        for agent in people
    ]
    context = {"skills": found, "languages": languages, "rows": rows}
    return settings_page(request, "desk/staffing/skills.html", "skills", context)


def _languages(known: dict[int, staff.Available]) -> list[tuple[str, str]]:
    """The product's languages and whatever else somebody speaks, each in the reader's words."""
    codes = list(dict(settings.LANGUAGES))
    codes += sorted({code for one in known.values() for code in one.languages} - set(codes))
    return [(code, language_name(code) or code) for code in codes]


def _change_skill(request: DeskRequest) -> None:
    now, wanted, name = clock.now(), request.POST.get("skill", ""), request.POST.get("name", "")
    found = staff.skills().filter(pk=posted_id(wanted)).first()
    if wanted and found is None:
        raise NotFound
    if found and request.POST.get("archive"):
        operations.archive_skill(skill=found, actor=request.actor, now=now)
    else:
        operations.save_skill(skill=found, name=name, actor=request.actor, now=now)


@desk_view("staffing.team", methods=("POST",))
def levels(request: DeskRequest) -> HttpResponse:
    """Levels of the table: one cell as it is typed, or the whole table. Fields are s-<agent>-<skill> and
    l-<agent>-<language>; those that are not sent stay as they are."""
    skill_levels: dict[int, dict[int, int]] = defaultdict(dict)
    languages: dict[int, dict[str, int]] = defaultdict(dict)
    for field in request.POST:
        kind, _dash, rest = field.partition("-")
        who, _dash, what = rest.partition("-")
        agent = posted_id(who)
        if kind not in {"s", "l"}:
            continue
        level = _number(request.POST[field], field=field)
        if kind == "l":
            languages[agent][what] = level
        else:
            skill_levels[agent][posted_id(what)] = level
    people = _people(request, {*skill_levels, *languages})
    now = clock.now()
    for pk, wanted in skill_levels.items():
        operations.set_agent_skills(agent=people[pk], levels=wanted, keep_others=True, actor=request.actor, now=now)
    known = staff.availability(now, list(languages)) if languages else {}
    for pk, spoken in languages.items():
        after = {**known[pk].languages, **spoken}
        operations.set_agent_languages(agent=people[pk], levels=after, actor=request.actor, now=now)
    return _done(request, "desk:skills")


def _number(value: str, *, field: str) -> int:
    number = posted_number(value.strip() or "0")
    if number is None or number > MOST:
        raise InvalidInput(_("Write a number."), field=field)
    return number


def _people(request: DeskRequest, ids: set[int]) -> dict[int, Agent]:
    found = {agent.pk: agent for agent in staff.may_plan_for(request.actor).filter(pk__in=ids)}
    if set(found) != ids:
        raise NotFound
    return found


def _done(request: DeskRequest, back: str) -> HttpResponse:
    if wants_fragment(request):
        return JsonResponse({})
    messages.success(request, _("Saved."))
    return redirect(back)


@desk_view("staffing.team", methods=BOTH)
def capacity(request: DeskRequest) -> HttpResponse:
    """How much everybody can have in work, and what a ticket of each channel costs. Fields are c-<agent>,
    w-<channel> and m-<channel> for everybody, w-<agent>-<channel> and m-<agent>-<channel> for one."""
    if request.method == "POST":
        _save_capacity(request)
        return _done(request, "desk:capacity")
    people = list(staff.may_plan_for(request.actor))
    own, general = staff.channel_loads([agent.pk for agent in people])
    channels = channel_words()

    def cells(loads: dict[str, tuple[int, int | None]]) -> list[dict[str, Any]]:
        return [
            {"channel": key, "label": label, "weight": loads[key][0] if key in loads else None,
             "limit": loads[key][1] if key in loads else None}
            for key, label in channels
        ]  # fmt: skip

    context = {
        "channels": channels,
        "general": [{**c, "weight": 10 if c["weight"] is None else c["weight"]} for c in cells(general)],
        "rows": [{"agent": agent, "cells": cells(own.get(agent.pk, {}))} for agent in people],
        "may_all": request.actor.may("staffing.all"),
    }
    return settings_page(request, "desk/staffing/capacity.html", "capacity", context)


def _save_capacity(request: DeskRequest) -> None:
    now, actor = clock.now(), request.actor
    sent = {field: request.POST[field].strip() for field in request.POST if field[:2] in {"c-", "w-", "m-"}}
    parts = {field: field.split("-") for field in sent}
    ids = {posted_id(first) for kind, first, *rest in parts.values() if kind == "c" or rest}
    people = _people(request, ids)
    own, general = staff.channel_loads(ids)
    wanted: dict[tuple[int | None, str], dict[str, str]] = defaultdict(dict)
    for field, value in sent.items():
        kind, first, *rest = parts[field]
        if kind == "c":
            operations.set_capacity(
                agent=people[posted_id(first)], capacity=_number(value, field=field), actor=actor, now=now
            )
        else:
            place = (posted_id(first), rest[0]) if rest else (None, first)
            wanted[place][kind] = value
    for (agent_id, channel), values in wanted.items():
        before = (own.get(agent_id, {}) if agent_id else general).get(channel)
        weight = values.get("w", str(before[0]) if before else "")
        limit = values.get("m", str(before[1]) if before and before[1] is not None else "")
        standard = general.get(channel, (10, None))
        after = (
            _number(weight, field=f"w-{channel}") if weight else standard[0],
            _number(limit, field=f"m-{channel}") if limit else None,
        )
        if (before is None and not weight and not limit) or after == before:
            continue
        operations.set_channel_load(
            agent=people[agent_id] if agent_id else None,
            channel=channel,
            weight=after[0],
            limit=after[1],
            actor=actor,
            now=now,
        )
