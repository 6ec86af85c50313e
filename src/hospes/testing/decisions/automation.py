"""Decisions on the addresses of the topic automation."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {
    "desk/conditions/": Rule(get="light"),
    "desk/conditions/reading/": Rule(post="light", body={"conditions": "{}"}),
}
HEARD: Final[dict[str, str]] = {}
