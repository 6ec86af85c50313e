"""What conditions can ask about service hours and about a ticket's promises."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from hospes.core.conditions import Field
from hospes.core.facts import About, provide
from hospes.sla import queries
from hospes.sla.calculator import is_open
from hospes.sla.models import ANSWERS, Clock, Kind

HOURS = _("Service hours")
PROMISES = _("Promises")
MINUTES = _("minutes")


def _policies() -> list[tuple[Any, str]]:
    return [(p.pk, p.name) for p in queries.policies()]


def _calendar_fields() -> list[Field]:
    return [
        Field("calendar.open", _("we are open"), "yes_no", group=HOURS),
        Field("calendar.holiday", _("it is a public holiday"), "yes_no", group=HOURS),
    ]


def _calendar_facts(about: About) -> Mapping[str, Any]:
    calendar = queries.hours_for(about.ticket.pk) if about.ticket is not None else queries.usual_calendar()
    if calendar is None:
        return {"calendar.open": True, "calendar.holiday": False}
    today = about.now.astimezone(ZoneInfo(calendar.zone)).date()
    return {"calendar.open": is_open(calendar, about.now), "calendar.holiday": bool(calendar.holiday(today))}


def _sla_fields() -> list[Field]:
    return [
        Field("sla.policy", _("the service-level policy"), "choice", _policies, group=PROMISES),
        Field("sla.first_response_left", _("time left for the first answer"), "number", None, MINUTES, PROMISES),
        Field("sla.response_left", _("time left for the answer that is owed"), "number", None, MINUTES, PROMISES),
        Field("sla.resolution_left", _("time left for the solution"), "number", None, MINUTES, PROMISES),
        Field("sla.breached", _("a promise was broken"), "yes_no", group=PROMISES),
        Field("sla.due_at", _("the nearest due time"), "moment", group=PROMISES),
    ]


def _sla_facts(about: About) -> Mapping[str, Any]:
    if about.ticket is None:
        return {}
    clocks = list(queries.clocks_of(about.ticket))
    facts: dict[str, Any] = {
        "sla.breached": any(c.breached_at for c in clocks),
        "sla.due_at": min((c.due_at for c in clocks if c.due_at and c.state == Clock.State.RUNNING), default=None),
    }
    following = queries.following_of(about.ticket)
    if following is not None and following.policy_version is not None:
        facts["sla.policy"] = following.policy_version.policy_id
    for clock in clocks:
        if clock.state not in {Clock.State.RUNNING, Clock.State.PAUSED}:
            continue
        minutes = queries.left(clock, about.now).total_seconds() / 60
        if clock.kind in {Kind.FIRST_RESPONSE, Kind.RESOLUTION}:
            facts[f"sla.{clock.kind}_left"] = minutes
        if clock.kind in ANSWERS:
            facts["sla.response_left"] = minutes
    return facts


provide("calendar", _calendar_fields, _calendar_facts)
provide("sla", _sla_fields, _sla_facts)
