"""Active rules ready to run, kept in each process until a rule changes."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hospes.automation.models import Rule, Stamp
from hospes.automation.triggers import TIME


@dataclass(frozen=True, slots=True)
class Compiled:
    """One rule as plain values."""

    id: int
    version: int
    name: str
    conditions: Mapping[str, Any]
    actions: Sequence[Mapping[str, Any]]
    stop_after: bool
    limits: Mapping[str, int]


@dataclass(slots=True)
class _Kept:
    number: int | None = None
    by_trigger: dict[str, list[Compiled]] = field(default_factory=dict)


_kept = _Kept()


def compile_rule(rule: Rule) -> Compiled:
    """A rule as it runs."""
    return Compiled(rule.pk, rule.version, rule.name, rule.conditions, rule.actions, rule.stop_after, rule.limits)


def active_rules() -> Mapping[str, Sequence[Compiled]]:
    """Rules that wait for events, by trigger, in order: one small query while no rule changes."""
    number = Stamp.objects.filter(pk=1).values_list("number", flat=True).first()
    if number is None:
        return {}
    if number != _kept.number:
        found: dict[str, list[Compiled]] = {}
        for rule in Rule.objects.filter(active=True, archived_at=None).exclude(trigger=TIME):
            found.setdefault(rule.trigger, []).append(compile_rule(rule))
        _kept.by_trigger, _kept.number = found, number
    return _kept.by_trigger


def forget() -> None:
    """Tell every process, at commit, that a rule changed. A random number: two changes side by side can never agree
    on the same one."""
    Stamp.objects.update_or_create(pk=1, defaults={"number": secrets.randbits(62)})
