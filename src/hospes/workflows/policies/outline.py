"""A definition edited as an outline: steps added, moved, indented into branches and taken out again. Pure; every change
returns a new definition and the key of the step that is then selected."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput
from hospes.workflows.policies.definition import KINDS

Definition = dict[str, Any]
Steps = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the outline: a step, or a branch of the step above it."""

    kind: str
    key: str
    step: dict[str, Any]
    branch: int
    depth: int
    branches: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class _Place:
    steps: Steps
    index: int
    parent: "_Place | None" = None
    branch: int = -1

    @property
    def step(self) -> dict[str, Any]:
        return self.steps[self.index]


def lines(definition: Definition) -> list[Line]:
    """Every step and branch, in the order in which they are read."""
    return list(_lines(_steps(definition), 0))


def _steps(definition: Definition) -> Steps:
    found = definition.setdefault("steps", [])
    return found if isinstance(found, list) else []


def _lines(steps: list[Any], depth: int) -> Iterator[Line]:
    for step in steps:
        if not isinstance(step, dict):
            continue
        yield Line("step", str(step.get("key")), step, -1, depth)
        for number, branch in enumerate(step.get("branches") or ()):
            if isinstance(branch, dict):
                yield Line("branch", str(step.get("key")), step, number, depth + 1, (branch,))
                yield from _lines(branch.get("steps") or [], depth + 2)


def _find(steps: list[Any], key: str, parent: _Place | None = None, branch: int = -1) -> _Place | None:
    for index, step in enumerate(steps):
        if not isinstance(step, dict):
            continue
        here = _Place(steps, index, parent, branch)
        if step.get("key") == key:
            return here
        for number, one in enumerate(step.get("branches") or ()):
            if isinstance(one, dict) and (found := _find(one.setdefault("steps", []), key, here, number)):
                return found
    return None


def _at(definition: Definition, key: str) -> tuple[Definition, _Place]:
    changed = copy.deepcopy(definition)
    found = _find(_steps(changed), key)
    if found is None:
        raise InvalidInput(_("This step is no longer there."), field="step")
    return changed, found


def find(definition: Definition, key: str) -> dict[str, Any] | None:
    """A step by its key."""
    found = _find(_steps(definition), key)
    return found.step if found else None


def keys(definition: Definition) -> list[str]:
    """The keys of all steps, in order."""
    return [line.key for line in lines(definition) if line.kind == "step"]


def _free(definition: Definition, wanted: str) -> str:
    taken = set(keys(definition))
    base = re.sub(r"[^a-z0-9_]+", "_", wanted.lower()).strip("_") or "step"
    base = base if base[0].isalpha() else f"step_{base}"
    return base if base not in taken else next(f"{base}_{n}" for n in range(2, 9999) if f"{base}_{n}" not in taken)


def add(definition: Definition, kind: str, *, after: str = "", branch: int = -1) -> tuple[Definition, str]:
    """A new step behind another, or as the first of a branch of it; without one at the end."""
    if kind not in KINDS:
        raise InvalidInput(_("Choose a kind of step."), field="kind")
    changed = copy.deepcopy(definition)
    key = _free(changed, kind)
    made: dict[str, Any] = {"key": key, "kind": kind}
    if kind == "ask":
        made["inputs"] = [{"key": f"answer_{len(keys(changed)) + 1}", "kind": "text", "label": {}}]
    elif kind == "decide":
        made["branches"] = [{"label": {}, "when": {}, "steps": []}]
    elif kind == "end":
        made["outcome"] = "done"
    place = _find(_steps(changed), after) if after else None
    if place is None:
        _steps(changed).append(made)
    elif branch >= 0 and branch < len(place.step.get("branches") or ()):
        place.step["branches"][branch].setdefault("steps", []).insert(0, made)
    else:
        place.steps.insert(place.index + 1, made)
    return changed, key


def move(definition: Definition, key: str, by: int) -> tuple[Definition, str]:
    """A step up or down among its neighbours; past the first or last of a branch it moves to the branch before or
    behind, and from the outermost of those out of it."""
    changed, place = _at(definition, key)
    to = place.index + by
    if 0 <= to < len(place.steps):
        place.steps.insert(to, place.steps.pop(place.index))
        return changed, key
    if place.parent is None:
        return definition, key
    step = place.steps.pop(place.index)
    branches = place.parent.step["branches"]
    beside = place.branch + (1 if by > 0 else -1)
    if 0 <= beside < len(branches):
        target = branches[beside].setdefault("steps", [])
        target.insert(0 if by > 0 else len(target), step)
    else:
        place.parent.steps.insert(place.parent.index + (1 if by > 0 else 0), step)
    return changed, key


def indent(definition: Definition, key: str) -> tuple[Definition, str]:
    """A step into the last branch of the step above it."""
    changed, place = _at(definition, key)
    above = place.steps[place.index - 1] if place.index else None
    if above is None or not above.get("branches"):
        raise InvalidInput(_("The step above has no branch to put it in. Add a branch to it first."), field="step")
    above["branches"][-1].setdefault("steps", []).append(place.steps.pop(place.index))
    return changed, key


def outdent(definition: Definition, key: str) -> tuple[Definition, str]:
    """A step out of its branch, behind the step that has the branch."""
    changed, place = _at(definition, key)
    if place.parent is None:
        raise InvalidInput(_("This step is in no branch."), field="step")
    place.parent.steps.insert(place.parent.index + 1, place.steps.pop(place.index))
    return changed, key


def remove(definition: Definition, key: str) -> tuple[Definition, str]:
    """A step away, with what is in its branches; the one before it is selected."""
    changed, place = _at(definition, key)
    place.steps.pop(place.index)
    if place.index:
        return changed, str(place.steps[place.index - 1].get("key"))
    left = keys(changed)
    return changed, (str(place.parent.step.get("key")) if place.parent else left[0] if left else "")


def duplicate(definition: Definition, key: str) -> tuple[Definition, str]:
    """A copy of a step behind it, with keys of its own."""
    changed, place = _at(definition, key)
    made = copy.deepcopy(place.step)
    place.steps.insert(place.index + 1, made)
    for line in list(_lines([made], 0)):
        if line.kind == "step":
            line.step["key"] = _free(changed, str(line.step.get("key")))
    return changed, str(made["key"])


def add_branch(definition: Definition, key: str) -> tuple[Definition, str]:
    """One more branch to a step."""
    changed, place = _at(definition, key)
    if place.step.get("kind") == "end":
        raise InvalidInput(_("Nothing comes after an end. Take its branches away."), field="step")
    place.step.setdefault("branches", []).append({"label": {}, "when": {}, "steps": []})
    return changed, key


def replace(definition: Definition, key: str, step: dict[str, Any]) -> tuple[Definition, str]:
    """A step as it was edited; when its key is a new one, what leads to it leads there still."""
    changed, place = _at(definition, key)
    new = str(step.get("key") or "")
    if new != key and new in keys(changed):
        raise InvalidInput(_("Another step has this key."), field="key")
    place.steps[place.index] = step
    if new != key:
        _rename(_steps(changed), key, new)
    return changed, new


def _rename(steps: Steps, before: str, after: str) -> None:
    for step in steps:
        if step.get("next") == before:
            step["next"] = after
        for branch in step.get("branches") or ():
            if branch.get("next") == before:
                branch["next"] = after
            _rename(branch.get("steps") or [], before, after)
