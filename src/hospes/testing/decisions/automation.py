"""Decisions on the addresses of the topic automation."""

from typing import Final

from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {
    "desk/conditions/": Rule(get="light"),
    "desk/conditions/reading/": Rule(post="light", body={"conditions": "{}"}),
    # The address is wrong here.
    "hooks/in/<str:key>/": Rule(post="nobody", args=("bad_token",)),
}
HEARD: Final[dict[str, str]] = {}
