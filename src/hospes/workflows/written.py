"""Definitions as YAML: given out, taken in again, compared."""

import difflib
from collections.abc import Mapping
from typing import Any

import yaml
from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput
from hospes.core.text import storable_json

MAX_CHARACTERS = 1_000_000


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that people can read and change them; no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        """Everything is written out where it stands."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


class _Loader(yaml.SafeLoader):
    """Plain values only; dates stay the text they are written as."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def to_yaml(definition: Mapping[str, Any], *, key: str = "") -> str:
    """A definition as people read and keep it."""
    content = ({"key": key} if key else {}) | {name: value for name, value in definition.items() if name != "key"}
    return str(yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110))


def from_yaml(text: str) -> list[dict[str, Any]]:
    """Every definition of a text. Raises InvalidInput saying where it is not YAML, or not a definition."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(_("This workflow is too large. Split it."), field="text")
    if "&" in text and any(isinstance(token, yaml.AliasToken) for token in _tokens(text)):
        raise InvalidInput(_("References (*name) are not supported. Write it out."), field="text")
    try:
        found = [one for one in yaml.load_all(text, Loader=_Loader) if one is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or str(error)
        raise InvalidInput(
            _("Line %(line)s cannot be read: %(error)s") % {"line": mark.line + 1 if mark else "?", "error": words},
            field="text",
        ) from None
    if not found or not all(isinstance(one, dict) for one in found):
        raise InvalidInput(_("A workflow is an object with name and steps."), field="text")
    return [storable_json(one) for one in found]


def _tokens(text: str) -> list[Any]:
    try:
        return list(yaml.scan(text))
    except (yaml.YAMLError, RecursionError):
        return []


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(kind, line) of what differs, with three lines around: kind is "same", "old", "new" or "gap"."""
    lines: list[tuple[str, str]] = []
    for line in difflib.unified_diff(to_yaml(before).splitlines(), to_yaml(after).splitlines(), n=3, lineterm=""):
        if line.startswith(("---", "+++")) and not lines:
            continue
        kind = {"-": "old", "+": "new", "@": "gap"}.get(line[:1], "same")
        lines.append((kind, "" if kind == "gap" else line[1:]))
    return lines
