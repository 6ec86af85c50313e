"""A workflow's definition as the engine reads it: nested steps made flat, each knowing what follows it.

A definition is JSON: {"language": "en", "languages": [...], "name": text, "summary": text, "open_to": "agents" |
"customers" | "guests", "steps": [...], "tables": {...}}. A step has "key", "kind", "title", "text", "hint" (for
agents only), "next" (the key to jump to), and "branches": [{"label", "when", "steps", "next"}], of which the first
that holds is taken; after a branch's steps the flow goes on behind the step that has the branches.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = ("show", "ask", "look_up", "decide", "act", "wait", "hand_over", "call", "end")
STOPS: Final = frozenset({"show", "ask", "wait", "hand_over", "end", "call"})
INPUT_KINDS: Final = (
    "text", "long", "number", "money", "date", "yes_no", "choice", "choices", "email", "phone", "order", "file",
)  # fmt: skip
OUTCOMES: Final = ("done", "refused", "not_applicable")
OPEN_TO: Final = ("agents", "customers", "guests")
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Branch:
    """A way on: taken when its condition holds. `first` is the key of its first step, "" for an empty one."""

    label: Any
    when: Mapping[str, Any]
    goes_to: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step with what follows it. `follows` is the key of the next step when no branch is taken, "" for none."""

    key: str
    kind: str
    raw: Raw
    branches: tuple[Branch, ...] = ()
    follows: str = ""
    depth: int = 0
    place: str = ""

    @property
    def inputs(self) -> Sequence[Raw]:
        """What an ask step asks for."""
        return self.raw.get("inputs") or ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A definition made flat. `doubles` are keys that occur more than once."""

    raw: Raw
    steps: Mapping[str, Step]
    first: str
    doubles: tuple[str, ...] = ()
    language: str = "en"
    order: tuple[str, ...] = field(default=())

    def inputs(self) -> Iterator[tuple[Step, Raw]]:
        """Every input with the step that asks for it, in order."""
        for key in self.order:
            for asked in self.steps[key].inputs:
                yield self.steps[key], asked

    def input(self, key: str) -> Raw | None:
        """The first input of this answer key."""
        return next((asked for _step, asked in self.inputs() if asked.get("key") == key), None)


def plan_of(definition: Raw) -> Plan:
    """Make a definition flat. Never raises: what is wrong with it, `checking.faults` tells."""
    steps: dict[str, Step] = {}
    doubles: list[str] = []
    raw = definition.get("steps")
    listed = raw if isinstance(raw, list) else []
    first = _flatten(listed, "", 0, "steps", steps, doubles)
    return Plan(
        raw=definition,
        steps=steps,
        first=first,
        doubles=tuple(doubles),
        language=str(definition.get("language") or "en"),
        order=tuple(steps),
    )


def _flatten(
    listed: Sequence[Any], after: str, depth: int, place: str, steps: dict[str, Step], doubles: list[str]
) -> str:
    """Enter a list of steps, behind which `after` comes; returns the key of its first step, or `after`."""
    known = [(number, raw) for number, raw in enumerate(listed) if isinstance(raw, Mapping)]
    keys = [str(raw.get("key") or f"?{place}.{number}") for number, raw in known]
    for index, (number, raw) in enumerate(known):
        key = keys[index]
        if key in steps:
            doubles.append(key)
            continue
        behind = keys[index + 1] if index + 1 < len(keys) else after
        kind = str(raw.get("kind") or "")
        follows = str(raw.get("next") or "") or ("" if kind == "end" else behind)
        here = f"{place}.{number}"
        steps[key] = Step(key, kind, raw, (), follows, depth, here)  # before its branches, so that order is as read
        branches = _branches(raw, follows, depth, here, steps, doubles)
        steps[key] = Step(key, kind, raw, branches, follows, depth, here)
    return keys[0] if keys else after


def _branches(
    raw: Raw, follows: str, depth: int, place: str, steps: dict[str, Step], doubles: list[str]
) -> tuple[Branch, ...]:
    found = []
    listed = raw.get("branches")
    for number, branch in enumerate(listed if isinstance(listed, list) else []):
        if not isinstance(branch, Mapping):
            continue
        after = str(branch.get("next") or "") or follows
        inner = branch.get("steps")
        first = _flatten(
            inner if isinstance(inner, list) else [],
            after,
            depth + 1,
            f"{place}.branches.{number}.steps",
            steps,
            doubles,
        )
        when = branch.get("when")
        found.append(Branch(branch.get("label", ""), when if isinstance(when, Mapping) else {}, first))
    return tuple(found)


def ways_on(step: Step) -> tuple[str, ...]:
    """The keys that a step can lead to; "" stands for nowhere."""
    if step.kind == "end":
        return ()
    ways = tuple(branch.goes_to for branch in step.branches)
    if any(not branch.when for branch in step.branches):  # one that always holds hides what would come after it
        return ways
    return (*ways, step.follows)
