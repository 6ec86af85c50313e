"""What a rule is made of, as one checked value: the form in which it is saved, versioned, previewed and carried."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.automation import policies
from hospes.automation.actions import check_actions, read_actions
from hospes.automation.models import Rule
from hospes.automation.triggers import BY_KEY, TIME
from hospes.core.conditions import Field, check, read
from hospes.core.errors import InvalidInput
from hospes.core.facts import all_fields
from hospes.core.text import storable, storable_json

DOING: Final = ("trigger", "schedule", "conditions", "actions", "stop_after", "limits")
PARTS: Final = ("name", "description", *DOING)
FREE: Final = ("ticket.field.", "customer.field.", "call.")


def content_of(rule: Rule) -> dict[str, Any]:
    """A rule as plain values."""
    return {name: getattr(rule, name) for name in PARTS}


def fields_for(conditions: Any) -> Mapping[str, Field]:
    """Everything that a rule can ask, with the own fields of tickets and customers that these conditions name."""
    fields = all_fields()
    for name in _named(conditions):
        if name not in fields and name.startswith(FREE):
            fields[name] = Field(name, name, "text")
    return fields


def _named(condition: Any) -> list[str]:
    if isinstance(condition, Mapping):
        if "field" in condition:
            return [str(condition["field"])]
        return [name for part in condition.values() for name in _named(part)]
    return [name for part in condition for name in _named(part)] if isinstance(condition, list) else []


def checked(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with nothing missing and nothing unknown. Raises InvalidInput, naming the place and the cure."""
    if unknown := set(content) - set(PARTS):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(sorted(unknown))}, field=min(unknown))
    name = " ".join(storable(str(content.get("name") or "")).split())[:120]
    if not name:
        raise InvalidInput(_("Write a name."), field="name")
    made: dict[str, Any] = {
        "name": name,
        "description": " ".join(storable(str(content.get("description") or "")).split())[:500],
        "trigger": content.get("trigger") or "",
        "schedule": content.get("schedule") or {},
        "conditions": content.get("conditions") or {},
        "actions": content.get("actions") or [],
        "stop_after": content.get("stop_after", False),
        "limits": content.get("limits") or {},
    }
    _check_trigger(made)
    check(made["conditions"], fields_for(made["conditions"]))
    check_actions(made["actions"])
    if not isinstance(made["stop_after"], bool):
        raise InvalidInput(_("Say yes or no."), field="stop_after")
    _check_limits(made["limits"])
    return {key: storable_json(value) if key in DOING and key != "stop_after" else value for key, value in made.items()}


def _check_trigger(made: Mapping[str, Any]) -> None:
    if made["trigger"] not in {TIME, *BY_KEY}:
        raise InvalidInput(_("Choose when the rule is asked."), field="trigger")
    if made["trigger"] != TIME:
        if made["schedule"]:
            raise InvalidInput(_("Only a rule by time has a schedule."), field="schedule")
        return
    if not isinstance(made["schedule"], Mapping) or (wrong := policies.wrong_schedule(made["schedule"])):
        cures = {
            "every": _("Give a length of time from 5 min to 31 d, such as 30 min."),
            "at": _("Give a time of day such as 09:00."),
            "days": _("Choose days of the week."),
            "zone": _("Choose a time zone."),
        }
        place = wrong if isinstance(made["schedule"], Mapping) else "every"
        raise InvalidInput(cures[place], field=f"schedule.{place}")


def _check_limits(limits: Any) -> None:
    good = isinstance(limits, Mapping) and set(limits) <= {"messages_per_hour"}
    count = limits.get("messages_per_hour", 1) if good else 0
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= policies.MOST_MESSAGES_A_RULE:
        raise InvalidInput(
            _("Messages in an hour: a number from 1 to %(n)d.") % {"n": policies.MOST_MESSAGES_A_RULE},
            field="limits.messages_per_hour",
        )


def fingerprint(content: Mapping[str, Any]) -> str:
    """The same for contents that do the same, whatever they are called."""
    doing = {name: content[name] for name in DOING}
    return hashlib.sha256(json.dumps(doing, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def read_when(content: Mapping[str, Any]) -> str:
    """When the rule is asked, in words."""
    if content["trigger"] != TIME:
        trigger = BY_KEY.get(content["trigger"])
        return str(trigger.label) if trigger else _("(no longer exists)")
    schedule = content["schedule"]
    if "every" in schedule:
        return _("Every %(span)s") % {"span": schedule["every"]}
    days = schedule.get("days") or []
    if not days or len(days) == 7:
        return _("Every day at %(time)s (%(zone)s)") % {"time": schedule["at"], "zone": schedule.get("zone", "UTC")}
    names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
    words = _(", ").join(names[day - 1] for day in sorted(days))
    # Translators: the days and time at which a rule runs: "Monday, Friday at 09:00 (Europe/Riga)"
    return _("%(days)s at %(time)s (%(zone)s)") % {
        "days": words, "time": schedule["at"], "zone": schedule.get("zone", "UTC")
    }  # fmt: skip


def reading(content: Mapping[str, Any]) -> dict[str, Any]:
    """The whole rule in the reader's language: when, if ("" for always), then (a list), and whether it is the last."""
    return {
        "when": read_when(content),
        "if": read(content["conditions"], fields_for(content["conditions"])),
        "then": read_actions(content["actions"]),
        "stop_after": bool(content["stop_after"]),
    }
