"""Rules as YAML, to be kept and carried to another installation: names in place of ids, faults with their place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import yaml
from django.utils.translation import gettext as _

from hospes.automation.actions import BY_KEY
from hospes.automation.content import PARTS, checked
from hospes.automation.references import REFERENCES, carried
from hospes.core.errors import HospesError, InvalidInput

FORMAT: Final = 1
MAX_BYTES: Final = 2_000_000
MAX_RULES: Final = 2_000
# The words of the file for the parts of a rule.
WORDS: Final = {
    "name": "name",
    "description": "description",
    "trigger": "when",
    "schedule": "schedule",
    "conditions": "if",
    "actions": "then",
    "stop_after": "last",
    "limits": "limits",
}


class _Loader(yaml.SafeLoader):
    """YAML without aliases (a few lines could grow to gigabytes) and without guesses: 09:00 and yes are words."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """As usual, but no aliases."""
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "no aliases", None)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", list("-+0123456789.")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})$"), _first)


def exported(contents: Iterable[Mapping[str, Any]]) -> str:
    """Rules as YAML text."""
    rules = [_named(content) for content in contents]
    text: str = yaml.safe_dump({"hospes_rules": FORMAT, "rules": rules}, allow_unicode=True, sort_keys=False, width=100)
    return text


def _named(content: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for part in PARTS:
        value = content[part]
        if part == "conditions":
            value = carried(value, _name_of, "if") if value else {}
        elif part == "actions":
            value = [_action(given, _name_of, f"then.{n}") for n, given in enumerate(value)]
        if value or part in {"name", "trigger"}:
            made[WORDS[part]] = value
    return made


def _name_of(kind: str, value: Any, place: str) -> Any:
    return REFERENCES[kind].name_of(value) or value


def _action(given: Mapping[str, Any], change: Any, place: str) -> dict[str, Any]:
    action = BY_KEY.get(str(given.get("do")))
    made = dict(given)
    for param in action.params if action else ():
        if param.kind == "ref" and made.get(param.name) not in (None, ""):
            made[param.name] = change(param.ref, made[param.name], f"{place}.{param.name}")
    return made


class _Finder:
    """Turns names into ids; `instead` gives other ids for names that do not exist here, by (kind, name)."""

    def __init__(self, instead: Mapping[tuple[str, str], Any] | None = None) -> None:
        self.instead = instead or {}
        self.missing: dict[tuple[str, str], str] = {}

    def __call__(self, kind: str, value: Any, place: str) -> Any:
        name = str(value)
        found = REFERENCES[kind].find(name)
        if found is None:
            found = self.instead.get((kind, name))
        if found is None:
            self.missing.setdefault((kind, name), place)
            return value
        return found


def read_file(text: str) -> list[dict[str, Any]]:
    """The rules of a YAML text, in the file's own words. Raises InvalidInput, naming the place."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise InvalidInput(_("This file is too large."), field="file")
    try:
        given = yaml.load(text, _Loader)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = _("Line %(n)d: this is not YAML as we read it.") % {"n": mark.line + 1} if mark else ""
        raise InvalidInput(where or _("This is not YAML as we read it."), field="file") from None
    if not isinstance(given, dict) or given.get("hospes_rules") != FORMAT or not isinstance(given.get("rules"), list):
        raise InvalidInput(_("Begin with “hospes_rules: 1”, then “rules:” and a list."), field="file")
    if len(given["rules"]) > MAX_RULES:
        raise InvalidInput(_("There are too many rules."), field="rules")
    return [_parts(one, f"rules.{number}") for number, one in enumerate(given["rules"])]


def _parts(one: Any, place: str) -> dict[str, Any]:
    if not isinstance(one, dict):
        raise InvalidInput(_("A rule has name, when, if and then."), field=place)
    by_word = {word: part for part, word in WORDS.items()}
    if unknown := sorted(str(word) for word in set(one) - set(by_word)):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(unknown)}, field=place)
    return {by_word[word]: value for word, value in one.items()}


def found_names(
    content: Mapping[str, Any], instead: Mapping[tuple[str, str], Any] | None = None
) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """The content with ids in place of names, and the names (kind, name) that do not exist here with their places."""
    find = _Finder(instead)
    made = dict(content)
    if isinstance(made.get("conditions"), Mapping) and made["conditions"]:
        with suppress(TypeError, AttributeError, KeyError):  # not a condition: checking it says so, with the place
            made["conditions"] = carried(made["conditions"], find, "if")
    if isinstance(made.get("actions"), list):
        made["actions"] = [
            _action(given, find, f"then.{n}") if isinstance(given, Mapping) else given
            for n, given in enumerate(made["actions"])
        ]
    return made, find.missing


def imported(text: str, *, instead: Mapping[tuple[str, str], Any] | None = None) -> list[dict[str, Any]]:
    """Checked contents out of YAML text. Raises InvalidInput with the place of the first fault and its cure."""
    found = [_imported(one, f"rules.{number}", instead) for number, one in enumerate(read_file(text))]
    names = [content["name"] for content in found]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise InvalidInput(_("Two rules of the file are called %(name)s.") % {"name": double}, field="rules")
    return found


def _imported(one: Mapping[str, Any], place: str, instead: Mapping[tuple[str, str], Any] | None) -> dict[str, Any]:
    content, missing = found_names(one, instead)
    for (kind, name), where in missing.items():
        label = REFERENCES[kind].label
        raise InvalidInput(
            _("%(kind)s “%(name)s” does not exist here.") % {"kind": label, "name": name}, field=f"{place}.{where}"
        )
    try:
        return checked(content)
    except HospesError as error:
        raise InvalidInput(error.message, field=f"{place}.{_as_written(error.field)}") from None


def _as_written(place: str) -> str:
    """A place in the file's own words: conditions.all.1 is if.all.1 there."""
    first, dot, rest = place.partition(".")
    return f"{WORDS.get(first, first)}{dot}{rest}"


def missing_names(contents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(kind, name) of everything that these contents name and that does not exist here."""
    found: dict[tuple[str, str], str] = {}
    for content in contents:
        found |= found_names(content)[1]
    return sorted(found)
