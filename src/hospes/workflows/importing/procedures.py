"""A written procedure as a workflow: an introduction, its actions in order, a close; a report of what stayed text."""

import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.text import slugify

from hospes.workflows.importing.phrases import Asked
from hospes.workflows.importing.shape import Action, Procedure, procedures_in
from hospes.workflows.importing.steps import Writer

OPTION = re.compile(r"^option \d+\b", re.I)


@dataclass(slots=True)
class Imported:
    """One procedure as a definition. `kept_as_text` are the sentences that read like a branch and stayed text."""

    key: str
    name: str
    definition: dict[str, Any]
    branches: int = 0
    judged: int = 0
    kept_as_text: list[str] = field(default_factory=list)


def read_procedures(content: bytes) -> list[Imported]:
    """Every procedure of a file. Raises InvalidInput for a file of another shape."""
    found: list[Imported] = []
    taken: set[str] = set()
    for procedure in procedures_in(content):
        key = slugify(f"{procedure.flow} {procedure.name}")[:70] or "procedure"
        number = 2
        while key in taken:
            key = f"{key[:70]}-{number}"
            number += 1
        taken.add(key)
        found.append(as_workflow(procedure, key))
    return found


def as_workflow(procedure: Procedure, key: str) -> Imported:
    """The definition of one procedure."""
    writer = Writer(Asked(), procedure.actions)
    steps: list[dict[str, Any]] = []
    opening = list(procedure.instructions[:-1] or procedure.instructions)
    closing = procedure.instructions[-1] if len(procedure.instructions) > 1 else ""
    if opening:
        steps.append(writer.shown("begin", procedure.name, opening))
    free = [bool(OPTION.match(action.text)) for action in procedure.actions]
    if sum(free) >= 2:
        steps += _in_any_order(writer, procedure.actions)
    else:
        for number, action in enumerate(procedure.actions):
            steps += writer.action(number, action)
    if closing:
        steps.append(writer.shown("close", "Close", [closing]))
    steps.append({"key": "end", "kind": "end", "outcome": "done"})
    definition = {
        "name": {"en": procedure.name},
        "summary": {"en": _sentence(procedure.about) or procedure.flow},
        "group": procedure.flow[:100],
        "language": "en",
        "open_to": "agents",
        "steps": _led(steps, writer),
    }
    return Imported(key, procedure.name, definition, writer.branches, writer.judged, writer.kept)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if text else ""


def _led(steps: list[dict[str, Any]], writer: Writer) -> list[dict[str, Any]]:
    """Jumps to actions become jumps to the first step of those actions; the last one leads to the close."""
    after = next((s["key"] for s in steps if s["key"] == "close"), "end")
    writer.resolve(steps, after)
    return steps


def _in_any_order(writer: Writer, actions: tuple[Action, ...]) -> list[dict[str, Any]]:
    """Things to try in any order: choose one, do it, ask whether it helped, else choose again."""
    before = [a for a in actions if not OPTION.match(a.text)]
    tried = [a for a in actions if OPTION.match(a.text)]
    steps = [step for number, action in enumerate(before) for step in writer.action(number, action)]
    choices, branches = [], []
    for number, action in enumerate(tried, start=1):
        value = f"option_{number}"
        title = writer.title_of(action)
        choices.append({"value": value, "label": {"en": title}})
        helped = {
            "key": f"helped_{number}",
            "kind": "ask",
            "title": {"en": "Did it help?"},
            "known": "confirm",
            "inputs": [
                {"key": f"helped_{number}", "kind": "yes_no", "label": {"en": "Does it work now?"}, "keep": "run"}
            ],
            "branches": [
                {
                    "label": {"en": "No"},
                    "when": {"field": f"run.helped_{number}", "is": "no"},
                    "next": "try_next",
                }
            ],
        }
        branches.append(
            {
                "label": {"en": title},
                "when": {"field": "run.try_next", "is": "is", "value": value},
                "steps": [*writer.action(len(before) + number - 1, action), helped],
            }
        )
    choices.append({"value": "nothing", "label": {"en": "Nothing is left to try"}})
    asked = {"key": "try_next", "kind": "choice", "label": {"en": "What to try next?"}, "choices": choices}
    asked |= {"keep": "run"}
    steps.append(
        {
            "key": "try_next",
            "kind": "ask",
            "title": {"en": "Try, in any order"},
            "known": "confirm",
            "inputs": [asked],
            "branches": branches,
        }
    )
    writer.branches += len(branches)
    return steps
