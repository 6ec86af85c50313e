"""The spoken menu of a voice inbox: what an admin may make of it, and what a caller's keys mean. Pure.

A menu is {"1": entry, …} with at most six keys and one level below it. An entry is {"label": {language: words}, "do":
team | agent | menu | voicemail | callback, "team": id, "agent": id, "keys": {…}}. At every level 0 reaches a person,
an extension may be typed at any time, and whoever presses nothing (or nothing that we know) twice reaches a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput
from hospes.core.text import storable

KEYS: Final = "123456789"
MOST_KEYS: Final = 6
LEVELS: Final = 2
TRIES: Final = 2
DOES: Final = ("team", "agent", "menu", "voicemail", "callback")
PERSON: Final = "0"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a caller's keys mean. `to`: person, menu (at `path`), again (the same level once more), voicemail or
    callback. `team_id` and `agent_id` say which person; `tries` counts what was not understood."""

    to: str
    path: tuple[str, ...] = ()
    team_id: int | None = None
    agent_id: int | None = None
    tries: int = 0


def level(menu: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    """The entries at a place of the menu; none when there is no such place."""
    found: Mapping[str, Any] = menu
    for key in path:
        entry = found.get(key)
        if not isinstance(entry, Mapping) or entry.get("do") != "menu":
            return {}
        found = entry.get("keys") or {}
    return found


def choose(
    menu: Mapping[str, Any], extensions: Sequence[Mapping[str, Any]], *, path: Sequence[str], digits: str, tries: int
) -> Chosen:
    """What somebody at `path` gets for these keys ("" for none)."""
    digits = digits.strip().rstrip("#*")
    here = tuple(path)
    if digits == PERSON:
        return Chosen("person", here)
    entry = level(menu, here).get(digits)
    if entry is not None:
        return _of(entry, (*here, digits))
    if len(digits) > 1:
        found = next((e for e in extensions if str(e.get("number")) == digits), None)
        if found is not None:
            return Chosen("person", here, team_id=found.get("team"), agent_id=found.get("agent"))
    if tries + 1 >= TRIES:
        return Chosen("person", here)
    return Chosen("again", here, tries=tries + 1)


def _of(entry: Mapping[str, Any], path: tuple[str, ...]) -> Chosen:
    does = entry.get("do")
    if does == "menu":
        return Chosen("menu", path)
    if does in {"voicemail", "callback"}:
        return Chosen(does, path, team_id=entry.get("team"))
    return Chosen("person", path, team_id=entry.get("team"), agent_id=entry.get("agent"))


def label_of(entry: Mapping[str, Any], language: str) -> str:
    """What a key is for, in a language, else in the first that there is."""
    labels = entry.get("label") or {}
    return str(labels.get(language) or next(iter(labels.values()), ""))


def checked_menu(data: Any, *, teams: frozenset[int], agents: frozenset[int], depth: int = 1) -> dict[str, Any]:
    """A menu that callers can be led through. Raises InvalidInput that names the key."""
    if not isinstance(data, Mapping):
        raise InvalidInput(_("This is no menu."), field="menu")
    if len(data) > MOST_KEYS:
        raise InvalidInput(_("A menu has at most %(number)s keys.") % {"number": MOST_KEYS}, field="menu")
    return {key: _entry(key, entry, teams=teams, agents=agents, depth=depth) for key, entry in sorted(data.items())}


def _entry(key: Any, entry: Any, *, teams: frozenset[int], agents: frozenset[int], depth: int) -> dict[str, Any]:
    field = f"menu_{key}"
    if key == PERSON:
        raise InvalidInput(_("Key 0 always reaches a person."), field="menu")
    if not isinstance(key, str) or len(key) != 1 or key not in KEYS or not isinstance(entry, Mapping):
        raise InvalidInput(_("Use the keys 1 to 9."), field="menu")
    does = entry.get("do")
    if does not in DOES:
        raise InvalidInput(_("Choose what key %(key)s does.") % {"key": key}, field=field)
    label = {str(k)[:8]: " ".join(storable(str(v)).split())[:120] for k, v in dict(entry.get("label") or {}).items()}
    label = {language: words for language, words in label.items() if words}
    if not label:
        raise InvalidInput(_("Say what key %(key)s is for.") % {"key": key}, field=field)
    kept: dict[str, Any] = {"label": label, "do": does}
    if does == "menu":
        if depth >= LEVELS:
            raise InvalidInput(_("A menu has at most two levels: callers do not follow further."), field=field)
        kept["keys"] = checked_menu(entry.get("keys"), teams=teams, agents=agents, depth=depth + 1)
        if not kept["keys"]:
            raise InvalidInput(_("The menu behind key %(key)s is empty.") % {"key": key}, field=field)
    if does == "team" and entry.get("team") not in teams:
        raise InvalidInput(_("Choose the team that key %(key)s leads to.") % {"key": key}, field=field)
    if does == "agent" and entry.get("agent") not in agents:
        raise InvalidInput(_("Choose the person that key %(key)s leads to.") % {"key": key}, field=field)
    kept |= {name: entry[name] for name in ("team", "agent") if does == name}
    return kept


def checked_extensions(data: Any, *, teams: frozenset[int], agents: frozenset[int]) -> list[dict[str, Any]]:
    """Direct extensions: two to five digits each, none twice, each to a person or a team."""
    kept: list[dict[str, Any]] = []
    for row in data if isinstance(data, list) else []:
        number = str(row.get("number") or "").strip()
        if not (number.isascii() and number.isdigit() and 2 <= len(number) <= 5):
            raise InvalidInput(_("An extension has two to five digits."), field="extensions")
        if number in {k["number"] for k in kept}:
            raise InvalidInput(_("Extension %(number)s is there twice.") % {"number": number}, field="extensions")
        agent, team = row.get("agent"), row.get("team")
        if agent in agents:
            kept.append({"number": number, "agent": agent})
        elif team in teams:
            kept.append({"number": number, "team": team})
        else:
            raise InvalidInput(_("Choose whom extension %(number)s reaches.") % {"number": number}, field="extensions")
    return kept[:200]
