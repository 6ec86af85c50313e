"""What rules can do: one table of actions, each calling one existing operation."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.automation.actions import setting, telling, working
from hospes.automation.actions.base import Action, Doing, Held, check_value, said
from hospes.core import wording
from hospes.core.errors import InvalidInput
from hospes.tickets.queries.macros import FREE, macro_fields

TABLE: Final[tuple[Action, ...]] = (*setting.TABLE, *telling.TABLE, *working.TABLE)
BY_KEY: Final[dict[str, Action]] = {action.key: action for action in TABLE}
MAX_ACTIONS: Final = 20
__all__ = ["BY_KEY", "TABLE", "Action", "Doing", "Held", "available", "check_actions", "read_actions"]


def available() -> list[Action]:
    """Those that this installation has."""
    return [action for action in TABLE if action.available()]


def check_actions(actions: Any, *, place: str = "actions") -> None:
    """Raise InvalidInput, naming the place ("actions.1.team"), unless the list can be done."""
    if not isinstance(actions, list) or not actions:
        raise InvalidInput(_("Say what is to be done."), field=place)
    if len(actions) > MAX_ACTIONS:
        raise InvalidInput(_("At most %(n)d steps.") % {"n": MAX_ACTIONS}, field=place)
    for number, given in enumerate(actions):
        _check_one(given, f"{place}.{number}")


def _check_one(given: Any, place: str) -> None:
    action = BY_KEY.get(str(given.get("do"))) if isinstance(given, Mapping) else None
    if action is None:
        raise InvalidInput(_("There is no such step. Choose one of the list."), field=f"{place}.do")
    known = {"do", *(param.name for param in action.params)}
    if unknown := sorted(str(name) for name in set(given) - known):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(unknown)}, field=place)
    for param in action.params:
        value = given.get(param.name)
        check_value(param, value, f"{place}.{param.name}")
        if param.kind == "texts":
            for language, text in (value or {}).items():
                _check_words(text, f"{place}.{param.name}.{language}", sent=True)
        elif param.kind == "long":
            _check_words(value or "", f"{place}.{param.name}", sent=False)


def _check_words(text: str, place: str, *, sent: bool) -> None:
    if wrong := wording.problems(text, macro_fields(), free=FREE):
        raise InvalidInput(" ".join(wrong[:3]), field=place)
    if sent and any(piece.name in {"ticket.subject", "message.text"} for piece in wording.pieces(text)):
        raise InvalidInput(
            _("The sender’s own words are not sent automatically: anybody can write in another’s name."), field=place
        )


def read_one(given: Mapping[str, Any]) -> str:
    """A step in words."""
    action = BY_KEY.get(str(given.get("do")))
    if action is None:
        return _("a step that no longer exists (%(name)s)") % {"name": given.get("do")}
    if action.reads_bare and not given.get(action.params[0].name):
        return str(action.reads_bare)
    return str(action.reads) % {param.name: said(param, given.get(param.name)) for param in action.params}


def read_actions(actions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every step in words, in order."""
    return [read_one(given) for given in actions]
