"""Who hears of what on an open screen: the table for events, beside the one for addresses in matrix.py."""

from typing import Final

from hospes.core.events import Event, known_events
from hospes.testing.decisions import all_hearings
from hospes.testing.matrix import ROLES, VISITORS

# What open screens hear, by what an event is about: the least role that hears it. "ticket" follows the ticket's team,
# "own" is for the agent whom it is about and for admins, "only own" for that agent alone.
HEARD: Final[dict[str, str]] = {
    "ticket": "light",
    "customer": "light",
    "setup": "light",
    "team": "light",
    "raw": "lead",
    "sender": "lead",
    "invitation": "admin",
    "agent": "own",
    **all_hearings(),
}
HEARD_ONLY_BY_ITS_OWNER: Final = frozenset({"Notified"})


def shipped_events() -> dict[str, type[Event]]:
    """The events of the product, without those that tests declare for themselves."""
    return {name: kind for name, kind in known_events().items() if ".tests." not in kind.__module__}


def expected_hearing(name: str, subject: str, who: str) -> bool:
    """Whether somebody hears of an event about a ticket of the first team, or about the agent of the world."""
    least = HEARD[subject]
    if who in VISITORS:
        return False
    if least == "own":
        return who == "agent" or (who == "admin" and name not in HEARD_ONLY_BY_ITS_OWNER)
    if subject == "ticket" and who == "other_team":
        return False
    role = "agent" if who == "other_team" else who
    return ROLES.index(role) >= ROLES.index(least)
