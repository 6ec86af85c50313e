"""What an action is: a name, what is filled in, how it reads, and the one existing operation that it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from hospes.automation.references import REFERENCES
from hospes.core.actors import Actor
from hospes.core.conditions import span_of
from hospes.core.errors import InvalidInput
from hospes.core.facts import LazyFacts
from hospes.tickets.models import Ticket

Kind = Literal["ref", "text", "long", "texts", "tags", "span", "number", "yes_no", "word"]


@dataclass(frozen=True, slots=True)
class Param:
    """One thing to fill in. `ref` names an entry of REFERENCES when kind is "ref"; `texts` are words by language."""

    name: str
    label: str | Promise
    kind: Kind
    ref: str = ""
    required: bool = True
    help: str | Promise = ""


@dataclass(slots=True)
class Doing:
    """What an action has at hand. `event_id` is the RuleRan event, the cause of what it does."""

    ticket: Ticket
    actor: Actor
    rule_id: int
    rule_name: str
    limits: Mapping[str, int]
    facts: LazyFacts
    event_id: int
    now: datetime


class Held(Exception):
    """An action that is not done on purpose, with the reason: a limit, or nobody to send to."""


# What an action returns: words on what it did, or None when all was so already.
Run = Callable[[Doing, Mapping[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Action:
    """One entry of the table. `reads` is its reading with %(param)s; `sets` is the fact that it sets to the param of
    the same place ("ticket.priority"), so that a preview can tell what would change; `sends` leaves the house;
    `reads_bare` is its reading when the first param is left out."""

    key: str
    label: str | Promise
    group: str | Promise
    run: Run
    reads: str | Promise
    params: tuple[Param, ...] = ()
    sets: str = ""
    sends: bool = False
    reads_bare: str | Promise = ""
    available: Callable[[], bool] = field(default=lambda: True)


def check_value(param: Param, value: Any, place: str) -> None:
    """Raise InvalidInput, naming the place, for a value that cannot be used."""
    if value is None or value in ("", [], {}):
        if param.required:
            raise InvalidInput(_("Fill in: %(name)s.") % {"name": param.label}, field=place)
        return
    cure = _CHECKS.get(param.kind, _word)(param, value)
    if cure:
        raise InvalidInput(cure, field=place)


def _ref(param: Param, value: Any) -> str:
    reference = REFERENCES[param.ref]
    if isinstance(value, str | int) and not isinstance(value, bool) and reference.name_of(value) is not None:
        return ""
    return _("%(name)s: this does not exist (any more).") % {"name": reference.label}


def _span(param: Param, value: Any) -> str:
    try:
        span_of(value)
    except ValueError:
        return _("Give a length of time such as 30 min, 4 h or 2 d.")
    return ""


def _number(param: Param, value: Any) -> str:
    good = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 10**9
    return "" if good else _("Give a number.")


def _tags(param: Param, value: Any) -> str:
    good = isinstance(value, list) and len(value) <= 20 and all(isinstance(one, str) for one in value)
    return "" if good else _("Give tags as a list of words.")


def _texts(param: Param, value: Any) -> str:
    good = isinstance(value, Mapping) and all(isinstance(k, str) and isinstance(v, str) for k, v in value.items())
    if not good or sum(map(len, value.values())) > 50_000:
        return _("Give texts by language, such as en: Hello.")
    if param.required and not any(text.strip() for text in value.values()):
        return _("Fill in: %(name)s.") % {"name": param.label}
    return ""


def _yes_no(param: Param, value: Any) -> str:
    return "" if isinstance(value, bool) else _("Say yes or no.")


def _word(param: Param, value: Any) -> str:
    good = isinstance(value, str) and len(value) <= (20_000 if param.kind == "long" else 500)
    return "" if good else _("Give a word.")


_CHECKS: Final[dict[str, Callable[[Param, Any], str]]] = {
    "ref": _ref,
    "span": _span,
    "number": _number,
    "tags": _tags,
    "texts": _texts,
    "yes_no": _yes_no,
}


def said(param: Param, value: Any) -> str:
    """A value in words."""
    if value is None or value in ("", [], {}):
        return _("nobody") if param.ref in {"agent", "team"} else "—"
    if param.kind == "ref":
        labels = {str(v): label for v, label in REFERENCES[param.ref].choices()}
        return labels.get(str(value), _("(no longer exists)"))
    if param.kind == "tags":
        return _(", ").join(value)
    if param.kind == "texts":
        return ", ".join(sorted(value))
    if param.kind == "yes_no":
        return _("yes") if value else _("no")
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"
