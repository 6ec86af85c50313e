"""What an action is: a name, what is filled in, how it reads, and the one existing operation that it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

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
    the same place ("ticket.priority"), so that a preview can tell what would change; `sends` leaves the house."""

    key: str
    label: str | Promise
    group: str | Promise
    run: Run
    reads: str | Promise
    params: tuple[Param, ...] = ()
    sets: str = ""
    sends: bool = False
    available: Callable[[], bool] = field(default=lambda: True)


def check_value(param: Param, value: Any, place: str) -> None:
    """Raise InvalidInput, naming the place, for a value that cannot be used."""
    if value is None or value in ("", [], {}):
        if param.required:
            raise InvalidInput(_("Fill in: %(name)s.") % {"name": param.label}, field=place)
        return
    if param.kind == "ref":
        reference = REFERENCES[param.ref]
        if reference.name_of(value) is None:
            raise InvalidInput(_("%(name)s: this does not exist (any more).") % {"name": reference.label}, field=place)
    elif param.kind == "span":
        try:
            span_of(value)
        except ValueError:
            raise InvalidInput(_("Give a length of time such as 30 min, 4 h or 2 d."), field=place) from None
    elif param.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
            raise InvalidInput(_("Give a number."), field=place)
    elif param.kind == "tags":
        if not isinstance(value, list) or len(value) > 20 or not all(isinstance(one, str) for one in value):
            raise InvalidInput(_("Give tags as a list of words."), field=place)
    elif param.kind == "texts":
        good = isinstance(value, Mapping) and all(isinstance(k, str) and isinstance(v, str) for k, v in value.items())
        if not good or sum(map(len, value.values())) > 50_000:
            raise InvalidInput(_("Give texts by language, such as en: Hello."), field=place)
        if param.required and not any(text.strip() for text in value.values()):
            raise InvalidInput(_("Fill in: %(name)s.") % {"name": param.label}, field=place)
    elif param.kind == "yes_no":
        if not isinstance(value, bool):
            raise InvalidInput(_("Say yes or no."), field=place)
    elif not isinstance(value, str) or len(value) > (20_000 if param.kind == "long" else 500):
        raise InvalidInput(_("Give a word."), field=place)


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
