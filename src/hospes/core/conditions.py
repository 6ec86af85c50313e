"""The one language of conditions: kept as JSON, checked, evaluated and read aloud. Rules, SLA policies, queues, macros
and workflows use it. Pure.

A condition is `{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` or `{"field": "ticket.priority", "is": "at_least",
"value": 3}`. An empty one, `{}`, always holds. What fields there are is told by `core.facts`.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

import re2
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core.errors import InvalidInput
from hospes.core.text import fold

Kind = Literal["text", "words", "choice", "number", "yes_no", "moment", "set"]
Condition = Mapping[str, Any]
Facts = Mapping[str, Any]
MAX_DEPTH: Final = 8
MAX_PARTS: Final = 100
MAX_PATTERN: Final = 500


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be asked about.

    kind: "text" (short), "words" (a long text, only searched), "choice" (one of `choices`), "number", "yes_no",
    "moment" (a datetime), "set" (several texts or ids). `choices` is a callable giving (value, label) pairs in the
    reader's language. `unit` is said after numbers ("hours").
    """

    name: str
    label: str | Promise
    kind: Kind
    choices: Callable[[], Sequence[tuple[Any, str]]] | None = None
    unit: str | Promise = ""
    group: str | Promise = ""


# How each kind may be asked, and how it is read aloud. Translators: parts of a rule's plain-language reading.
OPERATORS: Final[dict[str, dict[str, str | Promise]]] = {
    "text": {
        "is": gettext_lazy("%(field)s is %(value)s"),
        "is_not": gettext_lazy("%(field)s is not %(value)s"),
        "one_of": gettext_lazy("%(field)s is one of %(value)s"),
        "contains": gettext_lazy("%(field)s contains %(value)s"),
        "contains_none": gettext_lazy("%(field)s contains none of %(value)s"),
        "starts_with": gettext_lazy("%(field)s begins with %(value)s"),
        "pattern": gettext_lazy("%(field)s fits the pattern %(value)s"),
        "empty": gettext_lazy("%(field)s is empty"),
        "filled": gettext_lazy("%(field)s is filled in"),
    },
    "words": {
        "contains": gettext_lazy("%(field)s contains %(value)s"),
        "contains_none": gettext_lazy("%(field)s contains none of %(value)s"),
        "pattern": gettext_lazy("%(field)s fits the pattern %(value)s"),
        "empty": gettext_lazy("%(field)s is empty"),
        "filled": gettext_lazy("%(field)s is filled in"),
    },
    "choice": {
        "is": gettext_lazy("%(field)s is %(value)s"),
        "is_not": gettext_lazy("%(field)s is not %(value)s"),
        "one_of": gettext_lazy("%(field)s is one of %(value)s"),
        "none_of": gettext_lazy("%(field)s is none of %(value)s"),
        "at_least": gettext_lazy("%(field)s is at least %(value)s"),
        "empty": gettext_lazy("%(field)s is not set"),
        "filled": gettext_lazy("%(field)s is set"),
    },
    "number": {
        "is": gettext_lazy("%(field)s is %(value)s"),
        "is_not": gettext_lazy("%(field)s is not %(value)s"),
        "at_least": gettext_lazy("%(field)s is at least %(value)s"),
        "at_most": gettext_lazy("%(field)s is at most %(value)s"),
        "more_than": gettext_lazy("%(field)s is more than %(value)s"),
        "less_than": gettext_lazy("%(field)s is less than %(value)s"),
        "empty": gettext_lazy("%(field)s is not known"),
        "filled": gettext_lazy("%(field)s is known"),
    },
    "yes_no": {
        "yes": gettext_lazy("%(field)s: yes"),
        "no": gettext_lazy("%(field)s: no"),
    },
    "moment": {
        "ago_more_than": gettext_lazy("%(field)s was more than %(value)s ago"),
        "ago_less_than": gettext_lazy("%(field)s was less than %(value)s ago"),
        "within": gettext_lazy("%(field)s is within the next %(value)s"),
        "past": gettext_lazy("%(field)s has passed"),
        "before": gettext_lazy("%(field)s is before %(value)s"),
        "after": gettext_lazy("%(field)s is after %(value)s"),
        "empty": gettext_lazy("%(field)s is not set"),
        "filled": gettext_lazy("%(field)s is set"),
    },
    "set": {
        "has": gettext_lazy("%(field)s has %(value)s"),
        "has_any": gettext_lazy("%(field)s has one of %(value)s"),
        "has_all": gettext_lazy("%(field)s has all of %(value)s"),
        "has_none": gettext_lazy("%(field)s has none of %(value)s"),
        "empty": gettext_lazy("%(field)s has nothing"),
        "filled": gettext_lazy("%(field)s has something"),
    },
}
NO_VALUE: Final = frozenset({"empty", "filled", "yes", "no", "past"})
MANY: Final = frozenset({"one_of", "none_of", "contains", "contains_none", "has_any", "has_all", "has_none"})
SPANS: Final = frozenset({"ago_more_than", "ago_less_than", "within"})
SPAN = re.compile(r"(\d{1,6})\s*(s|min|h|d)")
SECONDS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def span_of(text: Any) -> timedelta:
    """A length of time as people type it: "90 s", "30 min", "4 h", "2 d". Raises ValueError."""
    found = SPAN.fullmatch(str(text).strip())
    if found is None:
        raise ValueError(text)
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


@lru_cache(maxsize=500)
def compiled(pattern: str) -> Any:
    """A pattern for the linear-time matcher (RE2), so that no pattern that people type can hang a worker.

    Raises InvalidInput. Letters match whatever their case.
    """
    if len(pattern) > MAX_PATTERN:
        raise InvalidInput(_("A pattern may have at most %(n)d characters.") % {"n": MAX_PATTERN})
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern, options=options)
    except re2.error:
        raise InvalidInput(
            _("The pattern “%(pattern)s” is not understood. Look-around and back-references are not supported.")
            % {"pattern": pattern[:80]}
        ) from None


# Checking ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Count:
    parts: int = 0


def check(condition: Any, fields: Mapping[str, Field], *, place: str = "conditions") -> None:
    """Raise InvalidInput, naming the place ("conditions.all.2.value") and the cure, unless it is well made."""
    _check(condition, fields, place, 0, _Count())


def _check(condition: Any, fields: Mapping[str, Field], place: str, depth: int, count: _Count) -> None:
    count.parts += 1
    if not isinstance(condition, Mapping):
        raise InvalidInput(_("A condition is an object with all, any, not or field."), field=place)
    if depth > MAX_DEPTH or count.parts > MAX_PARTS:
        raise InvalidInput(_("These conditions are too deep or too many."), field=place)
    if not condition:
        return
    for name in ("all", "any"):
        if name in condition:
            parts = condition[name]
            if len(condition) != 1 or not isinstance(parts, list):
                raise InvalidInput(_("Give a list of conditions, and nothing beside it."), field=f"{place}.{name}")
            for number, part in enumerate(parts):
                _check(part, fields, f"{place}.{name}.{number}", depth + 1, count)
            return
    if "not" in condition:
        if len(condition) != 1:
            raise InvalidInput(_("Nothing may stand beside “not”."), field=place)
        _check(condition["not"], fields, f"{place}.not", depth + 1, count)
        return
    _check_leaf(condition, fields, place)


def _check_leaf(condition: Condition, fields: Mapping[str, Field], place: str) -> None:
    if unknown := set(condition) - {"field", "is", "value"}:
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(sorted(map(str, unknown)))}, field=place)
    asked = fields.get(str(condition.get("field")))
    if asked is None:
        raise InvalidInput(_("There is no such field. Choose one of the list."), field=f"{place}.field")
    operator = condition.get("is")
    if not isinstance(operator, str) or operator not in OPERATORS[asked.kind]:
        names = ", ".join(OPERATORS[asked.kind])
        raise InvalidInput(_("Ask this field by one of: %(names)s.") % {"names": names}, field=f"{place}.is")
    if operator in NO_VALUE:
        return
    _check_value(asked, operator, condition.get("value"), f"{place}.value")


def _check_value(asked: Field, operator: str, value: Any, place: str) -> None:
    if value is None or value in ("", []):
        raise InvalidInput(_("Say what to compare with."), field=place)
    if operator in MANY:
        many = value if isinstance(value, list) else [value]
        if len(many) > 200 or not all(isinstance(one, str | int) and not isinstance(one, bool) for one in many):
            raise InvalidInput(_("Give a list of words."), field=place)
        return
    if operator in SPANS:
        try:
            span_of(value)
        except ValueError:
            raise InvalidInput(_("Give a length of time such as 30 min, 4 h or 2 d."), field=place) from None
    elif asked.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(_("Give a number."), field=place)
    elif asked.kind == "moment":
        if moment_of(value) is None:
            raise InvalidInput(_("Give a date such as 2026-05-04, or a moment with its time zone."), field=place)
    elif not isinstance(value, str | int):
        raise InvalidInput(_("Give a word."), field=place)
    elif operator == "pattern":
        try:
            compiled(str(value))
        except InvalidInput as error:
            raise InvalidInput(str(error.message), field=place) from None


def moment_of(value: Any) -> datetime | None:
    """A date (its midnight, UTC) or a moment with its zone, out of text; None for anything else."""
    from datetime import UTC

    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC) if len(str(value)) == 10 else None
    return found


# Evaluating ----------------------------------------------------------------------------------------


def matches(condition: Condition, facts: Facts, *, now: datetime) -> bool:
    """Whether the facts fit. A field that is not among the facts is unknown: it counts as empty. Never raises for
    facts of another shape than expected: what cannot be compared does not fit."""
    if not condition:
        return True
    if "all" in condition:
        return all(matches(part, facts, now=now) for part in condition["all"])
    if "any" in condition:
        return any(matches(part, facts, now=now) for part in condition["any"])
    if "not" in condition:
        return not matches(condition["not"], facts, now=now)
    known = facts.get(condition["field"])
    try:
        return _TESTS[condition["is"]](known, condition.get("value"), now)
    except (TypeError, ValueError, OverflowError, InvalidInput):
        return False


def used_fields(condition: Condition) -> frozenset[str]:
    """The names of all fields that a condition asks about, so that only their facts are read."""
    if "field" in condition:
        return frozenset({condition["field"]})
    parts = [*condition.get("all", ()), *condition.get("any", ())]
    if "not" in condition:
        parts.append(condition["not"])
    return frozenset().union(*(used_fields(part) for part in parts))


def _empty(known: Any) -> bool:
    return known is None or known == "" or (isinstance(known, Collection) and not known)


def _same(known: Any, value: Any) -> bool:
    """Whether two values are one: numbers by value, texts whatever their case."""
    if isinstance(known, bool) or isinstance(value, bool) or known is None:
        return known is value
    if isinstance(known, int | float) and isinstance(value, int | float):
        return known == value
    return str(known).casefold() == str(value).casefold()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_folded_short = lru_cache(maxsize=20_000)(fold)


def _folded(text: str) -> str:
    """Folded; short texts are remembered, because a thousand rules ask about the same subject by the same words."""
    return _folded_short(text) if len(text) <= 200 else fold(text)


def _contains(known: Any, value: Any) -> bool:
    text = _folded(str(known or ""))
    return any(_folded(str(one)) in text for one in _listed(value) if str(one).strip())


def _fits(known: Any, value: Any) -> bool:
    return compiled(str(value)).search(str(known or "")[:1_000_000]) is not None


def _has(known: Any, value: Any) -> bool:
    return any(_same(one, value) for one in known or ())


def _at(known: Any) -> datetime:
    moment = moment_of(known)
    if moment is None:
        raise ValueError
    return moment


Test = Callable[[Any, Any, datetime], bool]
_TESTS: Final[dict[str, Test]] = {
    "is": lambda k, v, _now: _same(k, v),
    "is_not": lambda k, v, _now: not _same(k, v),
    "one_of": lambda k, v, _now: any(_same(k, one) for one in _listed(v)),
    "none_of": lambda k, v, _now: not any(_same(k, one) for one in _listed(v)),
    "contains": lambda k, v, _now: _contains(k, v),
    "contains_none": lambda k, v, _now: not _contains(k, v),
    "starts_with": lambda k, v, _now: fold(str(k or "")).startswith(fold(str(v))),
    "pattern": lambda k, v, _now: _fits(k, v),
    "empty": lambda k, _v, _now: _empty(k),
    "filled": lambda k, _v, _now: not _empty(k),
    "at_least": lambda k, v, _now: k is not None and float(k) >= float(v),
    "at_most": lambda k, v, _now: k is not None and float(k) <= float(v),
    "more_than": lambda k, v, _now: k is not None and float(k) > float(v),
    "less_than": lambda k, v, _now: k is not None and float(k) < float(v),
    "yes": lambda k, _v, _now: k is True,
    "no": lambda k, _v, _now: k is False or k is None,
    "ago_more_than": lambda k, v, now: now - _at(k) > span_of(v),
    "ago_less_than": lambda k, v, now: timedelta(0) <= now - _at(k) < span_of(v),
    "within": lambda k, v, now: timedelta(0) <= _at(k) - now <= span_of(v),
    "past": lambda k, _v, now: _at(k) <= now,
    "before": lambda k, v, _now: _at(k) < _at(v),
    "after": lambda k, v, _now: _at(k) > _at(v),
    "has": lambda k, v, _now: _has(k, v),
    "has_any": lambda k, v, _now: any(_has(k, one) for one in _listed(v)),
    "has_all": lambda k, v, _now: all(_has(k, one) for one in _listed(v)),
    "has_none": lambda k, v, _now: not any(_has(k, one) for one in _listed(v)),
}


# Reading aloud -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Labels:
    fields: Mapping[str, Field]
    choices: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, asked: Field, value: Any) -> str:
        """A compared value in words."""
        if isinstance(value, list):
            return _(", ").join(self.value(asked, one) for one in value)
        if asked.choices is not None:
            if asked.name not in self.choices:
                self.choices[asked.name] = {str(v): str(label) for v, label in asked.choices()}
            return self.choices[asked.name].get(str(value), str(value))
        words = f"{value} {asked.unit}".strip()
        return words if asked.kind in {"number", "moment"} else f"“{words}”"


def read(condition: Condition, fields: Mapping[str, Field]) -> str:
    """A condition as a sentence in the reader's language, without a full stop; "" for one that always holds."""
    return _read(condition, _Labels(fields), 0)


def _read(condition: Condition, labels: _Labels, depth: int) -> str:
    if not condition:
        return ""
    for name in ("all", "any"):
        if name in condition:
            words = [w for part in condition[name] if (w := _read(part, labels, depth + 1))]
            # Translators: joins conditions that must all hold; mind the spaces
            joined = (_(" and ") if name == "all" else _(" or ")).join(words)
            return f"({joined})" if depth and len(words) > 1 else joined
    if "not" in condition:
        # Translators: a condition that must not hold
        return _("not (%(condition)s)") % {"condition": _read(condition["not"], labels, depth)}
    asked = labels.fields.get(condition["field"])
    if asked is None:
        return _("%(field)s, which no longer exists") % {"field": condition["field"]}
    said = str(OPERATORS[asked.kind].get(condition["is"], "%(field)s"))
    value = "" if condition["is"] in NO_VALUE else labels.value(asked, condition.get("value"))
    return said % {"field": asked.label, "value": value}
