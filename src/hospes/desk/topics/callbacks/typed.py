"""A menu and extensions as an admin types them, line by line, and back. Pure but for the names handed in."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from hospes.calls.menus import LEVELS
from hospes.core.errors import InvalidInput

LINE = re.compile(r"(\d)(?:\.(\d))?\s+(.+)")
WORDS = {"voicemail": "voicemail", "callback": "callback", "call back": "callback"}


def menu_typed(text: str, *, language: str, teams: Mapping[str, int], agents: Mapping[str, int]) -> dict[str, Any]:
    """The menu of lines such as "1 Orders | lv Pasūtījumi = team Service" or "2.1 Kettles = Ivo"; a key without "="
    opens a second level. Raises InvalidInput that names the line."""
    menu: dict[str, Any] = {}
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        match = LINE.fullmatch(line)
        if match is None:
            raise InvalidInput(_("This line is not understood: %(line)s") % {"line": line[:80]}, field="menu")
        first, second, rest = match.groups()
        label, _equals, goal = rest.rpartition("=") if "=" in rest else (rest, "", "")
        entry = {"label": _labels(label, language), **_goal(goal.strip(), teams, agents, line)}
        if second is None:
            menu[first] = entry
            continue
        parent = menu.get(first)
        if parent is None or parent.get("do") != "menu":
            words = _("Line %(line)s needs a line for key %(key)s before it, without “=”.")
            raise InvalidInput(words % {"line": line[:40], "key": first}, field="menu")
        parent["keys"][second] = entry
    return menu


def _labels(text: str, language: str) -> dict[str, str]:
    first, *others = [part.strip() for part in text.split("|")]
    found = {language: first}
    for part in others:
        code, _space, words = part.partition(" ")
        found[code] = words.strip()
    return found


def _goal(goal: str, teams: Mapping[str, int], agents: Mapping[str, int], line: str) -> dict[str, Any]:
    plain = goal.casefold()
    if not plain:
        return {"do": "menu", "keys": {}}
    if plain in WORDS:
        return {"do": WORDS[plain]}
    name = plain.removeprefix("team ").strip()
    if name in teams:
        return {"do": "team", "team": teams[name]}
    if plain in agents:
        return {"do": "agent", "agent": agents[plain]}
    words = _("Nobody is called “%(name)s” (in: %(line)s).")
    raise InvalidInput(words % {"name": goal[:60], "line": line[:60]}, field="menu")


def extensions_typed(text: str, *, teams: Mapping[str, int], agents: Mapping[str, int]) -> list[dict[str, Any]]:
    """Extensions of lines such as "21 = Ivo". Raises InvalidInput that names the line."""
    found = []
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        number, _equals, who = (part.strip() for part in line.partition("="))
        name = who.casefold()
        if name in agents:
            found.append({"number": number, "agent": agents[name]})
        elif name.removeprefix("team ").strip() in teams:
            found.append({"number": number, "team": teams[name.removeprefix("team ").strip()]})
        else:
            words = _("Nobody is called “%(name)s” (in: %(line)s).")
            raise InvalidInput(words % {"name": who[:60], "line": line[:60]}, field="extensions")
    return found


def menu_text(menu: Mapping[str, Any], *, language: str, teams: Mapping[int, str], agents: Mapping[int, str]) -> str:
    """The menu as lines that can be typed again."""
    lines: list[str] = []

    def write(keys: Mapping[str, Any], before: str, depth: int) -> None:
        for key, entry in sorted(keys.items()):
            labels = dict(entry.get("label") or {})
            main = labels.pop(language, "") or next(iter(labels.values()), "")
            words = " | ".join([main, *(f"{code} {text}" for code, text in labels.items() if text != main)])
            does = entry.get("do")
            goal = {
                "team": f"team {teams.get(entry.get('team', 0), '?')}",
                "agent": agents.get(entry.get("agent", 0), "?"),
            }
            lines.append(f"{before}{key} {words}" + ("" if does == "menu" else f" = {goal.get(str(does), does)}"))
            if does == "menu" and depth < LEVELS:
                write(entry.get("keys") or {}, f"{before}{key}.", depth + 1)

    write(menu, "", 1)
    return "\n".join(lines)


def extensions_text(rows: list[dict[str, Any]], *, teams: Mapping[int, str], agents: Mapping[int, str]) -> str:
    """Extensions as lines that can be typed again."""

    def who(row: Mapping[str, Any]) -> str:
        return agents.get(row["agent"], "?") if "agent" in row else f"team {teams.get(row['team'], '?')}"

    return "\n".join(f"{row['number']} = {who(row)}" for row in rows)
