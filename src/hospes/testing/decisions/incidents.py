"""Decisions on the addresses of the topic incidents."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {}
HEARD: Final[dict[str, str]] = {"incident": "light", "burst": "light", "component": "light", "subscriber": "lead"}
