"""Decisions on the addresses of the topic service_levels."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {}
HEARD: Final[dict[str, str]] = {}
