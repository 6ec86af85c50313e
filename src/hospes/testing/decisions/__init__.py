"""Who may open the addresses of a topic, and what of it is in the world: a module for each topic.

RULES maps a route (below desk/, portal/, api/ as in matrix.py) to its Rule. `things(world_things, agents, now)`
returns what the topic's rules name in args and body, made through operations.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

NAMES: Final = (
    "staffing", "routing", "escalation", "service_levels", "automation", "workflows", "guidance", "incidents",
    "calls", "callbacks", "channels", "chat", "contact_points",
)  # fmt: skip


def all_rules() -> dict[str, Any]:
    """Every topic's decisions."""
    found: dict[str, Any] = {}
    for name in NAMES:
        found |= import_module(f"hospes.testing.decisions.{name}").RULES
    return found


def all_hearings() -> dict[str, str]:
    """Who hears of events of a topic's own subjects (see hearing.py)."""
    found: dict[str, str] = {}
    for name in NAMES:
        found |= import_module(f"hospes.testing.decisions.{name}").HEARD
    return found


def all_things(things: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """What the topics put into the world."""
    found: dict[str, Any] = {}
    for name in NAMES:
        make: Callable[..., dict[str, Any]] | None = getattr(
            import_module(f"hospes.testing.decisions.{name}"), "things", None
        )
        if make is not None:
            made = make({**things, **found}, agents, now)
            assert not made.keys() & {*things, *found}, f"{name} calls its things as others do: {sorted(made)}"
            found |= made
    return found
