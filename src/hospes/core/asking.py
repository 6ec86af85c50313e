"""What an editor of conditions needs besides the language itself: the short words of every question, and all faults of
a condition at once, each with its place."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from hospes.core.conditions import MANY, NO_VALUE, OPERATORS, SPANS, Field, check
from hospes.core.errors import InvalidInput

HOW: Final = "how a condition asks"
WORDS: Final[dict[str, str | Promise]] = {
    "is": pgettext_lazy(HOW, "is"),
    "is_not": pgettext_lazy(HOW, "is not"),
    "one_of": pgettext_lazy(HOW, "is one of"),
    "none_of": pgettext_lazy(HOW, "is none of"),
    "contains": pgettext_lazy(HOW, "contains one of the words"),
    "contains_none": pgettext_lazy(HOW, "contains none of the words"),
    "starts_with": pgettext_lazy(HOW, "begins with"),
    "pattern": pgettext_lazy(HOW, "fits the pattern"),
    "empty": pgettext_lazy(HOW, "is empty"),
    "filled": pgettext_lazy(HOW, "is filled in"),
    "at_least": pgettext_lazy(HOW, "is at least"),
    "at_most": pgettext_lazy(HOW, "is at most"),
    "more_than": pgettext_lazy(HOW, "is more than"),
    "less_than": pgettext_lazy(HOW, "is less than"),
    "yes": pgettext_lazy(HOW, "yes"),
    "no": pgettext_lazy(HOW, "no"),
    "ago_more_than": pgettext_lazy(HOW, "was longer ago than"),
    "ago_less_than": pgettext_lazy(HOW, "was less long ago than"),
    "within": pgettext_lazy(HOW, "is within the next"),
    "past": pgettext_lazy(HOW, "has passed"),
    "before": pgettext_lazy(HOW, "is before"),
    "after": pgettext_lazy(HOW, "is after"),
    "has": pgettext_lazy(HOW, "has"),
    "has_any": pgettext_lazy(HOW, "has one of"),
    "has_all": pgettext_lazy(HOW, "has all of"),
    "has_none": pgettext_lazy(HOW, "has none of"),
}


def questions(kind: str) -> list[dict[str, str]]:
    """Every way to ask a kind of field: its name, its words, and what is given with it ("none", "many", "span",
    "one")."""
    return [{"is": name, "words": str(WORDS[name]), "takes": _takes(name)} for name in OPERATORS.get(kind, {})]


def _takes(operator: str) -> str:
    if operator in NO_VALUE:
        return "none"
    if operator in SPANS:
        return "span"
    return "many" if operator in MANY else "one"


def shown(field: Field) -> dict[str, Any]:
    """A field as plain values in the reader's language."""
    choices = None if field.choices is None else [[value, str(label)] for value, label in field.choices()]
    return {
        "name": field.name,
        "label": str(field.label),
        "kind": field.kind,
        "unit": str(field.unit),
        "group": str(field.group),
        "choices": choices,
    }


def faults(condition: Any, fields: Mapping[str, Field], *, place: str = "conditions") -> list[tuple[str, str]]:
    """Every fault as (place, words); none when the condition is well made."""
    found = _faults(condition, fields, place, 0)
    if not found:
        try:
            check(condition, fields, place=place)
        except InvalidInput as error:
            found = [(error.field, str(error.message))]
    return found


def _faults(condition: Any, fields: Mapping[str, Field], place: str, depth: int) -> list[tuple[str, str]]:
    if isinstance(condition, Mapping) and len(condition) == 1 and depth <= 20:
        for name in ("all", "any"):
            if isinstance(parts := condition.get(name), list):
                below = (_faults(part, fields, f"{place}.{name}.{n}", depth + 1) for n, part in enumerate(parts))
                return [fault for one in below for fault in one]
        if "not" in condition:
            return _faults(condition["not"], fields, f"{place}.not", depth + 1)
    try:
        check(condition, fields, place=place)
    except InvalidInput as error:
        return [(error.field, str(error.message))]
    return []
