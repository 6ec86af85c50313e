"""Decisions on the addresses of the topic staffing."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {}
HEARD: Final[dict[str, str]] = dict.fromkeys(("presence", "roster", "skill", "line"), "light")
