"""The shape of a decision on one address; the table of all of them is matrix.py."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Rule:
    """The decision on one address. A method that is not named must answer 405.

    Each method names who may: "anyone", "customer" (signed in at the portal), or the least role of staff.
    `thing`: "ticket" is hidden (404) from agents of other teams and from other customers; "own" belongs to the agent
    of the world alone and is hidden from all others; "" is nobody's.
    `but` are cells that differ, by who or by (method, who). `args` and `body` name what is in the world.
    """

    get: str = ""
    post: str = ""
    put: str = ""
    patch: str = ""
    delete: str = ""
    thing: str = ""
    args: tuple[str, ...] = ()
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    but: dict[Any, str] = field(default_factory=dict)

    def who(self, method: str) -> str:
        """The least who may use a method; empty when nobody may."""
        return str(getattr(self, method.lower()))
