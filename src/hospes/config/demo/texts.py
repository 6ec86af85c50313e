"""Reads what the demo's people write: one file a language below threads/."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

LANGUAGES: Final = ("en", "uz", "lv", "fa", "tr", "hy")
_NOT_SITUATIONS: Final = frozenset({"common", "macros"})


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("threads", f"{language}.toml").read_text(encoding="utf-8"))


def common(language: str, what: str) -> tuple[str, ...]:
    """The phrases of a kind that fit every situation (greetings, thanks, reminders …)."""
    return tuple(_file(language)["common"][what])


def situation(language: str, key: str, what: str) -> tuple[str, ...]:
    """The phrases of a kind for one situation; none when the situation has no such turn."""
    return tuple(_file(language)[key].get(what, ()))


def situations(language: str) -> frozenset[str]:
    """What customers of a language write about."""
    return frozenset(_file(language)) - _NOT_SITUATIONS


def macros(language: str) -> dict[str, tuple[str, str]]:
    """Ready answers: key to (name, words)."""
    return {key: (name, body) for key, (name, body) in _file(language)["macros"].items()}
