"""Decisions on the addresses of the topic routing."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {}
HEARD: Final[dict[str, str]] = {}
