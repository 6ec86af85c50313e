"""Texts of definitions in the reader's language: a text for each language, with a marked fallback."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

VARIABLE = re.compile(r"\{\{\s{0,5}([a-z_][a-zA-Z0-9_.]{0,80})\s{0,5}\}\}")


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the language it is in; `missing` when the reader's own language has none."""

    text: str
    language: str = ""
    missing: bool = False

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.text)


def say(text: Any, language: str, *, fallback: str = "en") -> Said:
    """A text of a definition: plain, or one for each language. Falls back to the definition's own language, then to
    English, then to any there is."""
    if isinstance(text, str):
        return Said(text, "", False)
    if not isinstance(text, Mapping):
        return Said("")
    plain = {str(code): str(words) for code, words in text.items() if str(words).strip()}
    short = language.partition("-")[0]
    for code in (language, short):
        if code in plain:
            return Said(plain[code], code)
    for code in (fallback, "en", *plain):
        if code in plain:
            return Said(plain[code], code, missing=True)
    return Said("")


def fill_in(text: str, value_of: Callable[[str], Any]) -> str:
    """The text with {{run.reason}} and the like filled in; what is not known becomes an ellipsis."""
    return VARIABLE.sub(lambda found: plain(value_of(found[1])) or "…", text)


def plain(value: Any) -> str:
    """A value as people read it in a text, whatever its type."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list | tuple):
        return ", ".join(plain(one) for one in value)
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("label") or "")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
