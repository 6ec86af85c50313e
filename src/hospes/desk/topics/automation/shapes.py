"""What the screens of rules print, as plain values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation import queries
from hospes.automation.actions import BY_KEY, read_actions
from hospes.automation.content import content_of, fields_for, read_when, reading
from hospes.automation.models import Handling, Rule, RuleRun, RuleVersion
from hospes.automation.policies import part_at
from hospes.automation.triggers import BY_KEY as TRIGGERS
from hospes.core.conditions import read
from hospes.desk.access import DeskRequest
from hospes.tickets.models import Ticket

STEP_STATES = {
    "done": ("circle-check", gettext_lazy("done")),
    "same": ("minus", gettext_lazy("was so already")),
    "held": ("circle-pause", gettext_lazy("held back")),
    "failed": ("circle-x", gettext_lazy("failed")),
    "undone": ("undo-2", gettext_lazy("taken back")),
}


def rule_line(rule: Rule) -> dict[str, Any]:
    """A rule in the list."""
    said = reading(content_of(rule))
    return {"it": rule, "when": said["when"], "if": said["if"], "then": said["then"]}


def step_of(step: Mapping[str, Any]) -> dict[str, Any]:
    """One step of a run in words."""
    action = BY_KEY.get(str(step.get("do")))
    icon, state = STEP_STATES.get(str(step.get("state")), STEP_STATES["held"])
    label = str(action.label) if action else str(step.get("do"))
    return {"icon": icon, "state": str(state), "label": label, "words": step.get("words", "")}


def run_line(run: RuleRun) -> dict[str, Any]:
    """A run in a log."""
    return {"it": run, "steps": [step_of(step) for step in run.done]}


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """What rules did on a ticket, newest first; three queries."""
    lines = queries.runs_of_ticket(ticket, limit=10)
    if not lines:
        return None
    missed = {entry[0] for line in lines if line.handling for entry in line.handling.missed}
    known = {rule.pk: rule for rule in Rule.objects.filter(pk__in=missed)} if missed else {}
    runs = [run_line(line.run) for line in lines if line.run][:8]
    asked = [_handled(line.handling, known) for line in lines if line.handling]
    return {"runs": runs, "asked": [one for one in asked if one["missed"] or one["stopped"]][:6]}


def _handled(handling: Handling, known: Mapping[int, Rule]) -> dict[str, Any]:
    trigger = TRIGGERS.get(handling.trigger)
    return {
        "at": handling.at,
        "when": str(trigger.label) if trigger else _("By time"),
        "stopped": handling.stopped,
        "chain": " → ".join(handling.chain),
        "missed": [_missed(entry, known) for entry in handling.missed[:12] if entry[0] in known],
        "more": max(0, len(handling.missed) - 12),
    }


def _missed(entry: Sequence[Any], known: Mapping[int, Rule]) -> dict[str, str]:
    rule, place = known[entry[0]], str(entry[2])
    if place == "own":
        return {"name": rule.name, "why": _("it was its own change")}
    if entry[1] != rule.version:
        return {"name": rule.name, "why": _("version %(n)d did not fit") % {"n": entry[1]}}
    part = part_at(rule.conditions, place)
    return {"name": rule.name, "why": _("not: %(condition)s") % {"condition": read(part, fields_for(part))}}


def differences(newer: Mapping[str, Any], older: Mapping[str, Any]) -> list[dict[str, str]]:
    """What changed from one version to the next, in words."""
    found: list[dict[str, str]] = []
    for label, before, after in (
        (_("When"), read_when(older), read_when(newer)),
        (_("If"), _if(older), _if(newer)),
        (_("Then"), "; ".join(read_actions(older["actions"])), "; ".join(read_actions(newer["actions"]))),
        (_("The last one"), _yes(older["stop_after"]), _yes(newer["stop_after"])),
        (_("Messages in an hour"), _limit(older), _limit(newer)),
    ):
        if before != after:
            found.append({"label": label, "before": before, "after": after})
    if not found and newer["actions"] != older["actions"]:
        found.append({"label": _("Then"), "before": _("other words"), "after": _("new words")})
    return found


def _if(content: Mapping[str, Any]) -> str:
    return read(content["conditions"], fields_for(content["conditions"])) or _("always")


def _yes(value: object) -> str:
    return _("yes") if value else _("no")


def _limit(content: Mapping[str, Any]) -> str:
    return str(content["limits"].get("messages_per_hour", "—"))


def version_lines(versions: Iterable[RuleVersion]) -> list[dict[str, Any]]:
    """Versions, the newest first, each with what it changed."""
    rows = list(versions)
    older: list[RuleVersion | None] = [*rows[1:], None]
    return [
        {"it": row, "changes": differences(row.content, before.content) if before else []}
        for row, before in zip(rows, older, strict=True)
    ]
