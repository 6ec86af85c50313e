"""The file of written procedures: its shape, checked with words that tell where and what to mend.

{flow: {"description": text, "subflows": {name: {"instructions": [text], "actions": [{"type", "button", "text",
"subtext": [text]}]}}}}
"""

import json
from dataclasses import dataclass
from typing import Any

from hospes.core.errors import InvalidInput

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, as it is written. `lines` are its details."""

    button: str
    text: str
    lines: tuple[str, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """One written procedure."""

    flow: str
    name: str
    about: str
    instructions: tuple[str, ...]
    actions: tuple[Action, ...]


def procedures_in(content: bytes) -> list[Procedure]:
    """Everything in a file. Raises InvalidInput saying where the file has another shape."""
    if len(content) > MAX_BYTES:
        raise InvalidInput("The file is over 20 MB; that is no file of procedures.", field="file")
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"This is not JSON: {error}", field="file") from None
    found: list[Procedure] = []
    for flow, about in _object(data, "the file").items():
        place = f"“{flow}”"
        inner = _object(about, place)
        subflows = _object(inner.get("subflows"), f"{place}, subflows")
        for name, written in subflows.items():
            found.append(_procedure(flow, name, str(inner.get("description") or ""), written, f"{place}, “{name}”"))
    if not found:
        raise InvalidInput("There is no procedure in this file.", field="file")
    return found


def _procedure(flow: str, name: str, about: str, written: Any, place: str) -> Procedure:
    inner = _object(written, place)
    actions = []
    for number, action in enumerate(_list(inner.get("actions"), f"{place}, actions"), start=1):
        where = f"{place}, action {number}"
        one = _object(action, where)
        lines = _texts(one.get("subtext") or [], f"{where}, subtext")
        button = _words(one.get("button"))
        text = _words(one.get("text"))
        if not (button or text or lines):
            raise InvalidInput(f"{where}: it says nothing. Give it a button, a text or subtext.", field="file")
        actions.append(Action(button, text, lines, _words(one.get("type"))))
    if not actions:
        raise InvalidInput(f"{place}: it has no actions.", field="file")
    return Procedure(
        " ".join(flow.split()) or "Procedures",
        " ".join(name.split()) or "Procedure",
        about,
        _texts(inner.get("instructions") or [], f"{place}, instructions"),
        tuple(actions),
    )


def _words(value: Any) -> str:
    return " ".join(str(value or "").split())


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(f"{place}: an object is expected here, not {type(value).__name__}.", field="file")
    return value


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(f"{place}: a list is expected here, not {type(value).__name__}.", field="file")
    return value


def _texts(value: Any, place: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else _list(value, place)
    if any(not isinstance(one, str) for one in listed):
        raise InvalidInput(f"{place}: texts are expected here.", field="file")
    return tuple(line for one in listed if (line := " ".join(one.split())))
