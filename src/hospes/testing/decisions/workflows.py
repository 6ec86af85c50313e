"""Decisions on the addresses of the topic workflows."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {}
HEARD: Final[dict[str, str]] = {"workflow": "light", "order": "light"}
