"""Pure decisions about incidents: which way they go, whose words are sent, what stays open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

MOVES: Final[dict[str, frozenset[str]]] = {
    "investigating": frozenset({"investigating", "identified", "monitoring", "resolved"}),
    "identified": frozenset({"investigating", "identified", "monitoring", "resolved"}),
    "monitoring": frozenset({"investigating", "identified", "monitoring", "resolved"}),
    # A word may still be said afterwards; what comes back is investigated anew.
    "resolved": frozenset({"resolved", "investigating"}),
}
FALLBACK: Final = "en"
COMPONENT_STATE: Final = {"minor": "degraded", "major": "partial", "critical": "major"}
RANK: Final = ("operational", "maintenance", "degraded", "partial", "major")


def may_move(before: str, after: str) -> bool:
    """Whether an incident can go from one state to another."""
    return after in MOVES.get(before, frozenset())


def chosen_language(texts: Mapping[str, str], wanted: str) -> str:
    """In which of its languages a text is told to somebody: their own, else English, else the one it was written in."""
    for language in (wanted, FALLBACK):
        if texts.get(language, "").strip():
            return language
    return next((language for language, text in texts.items() if text.strip()), "")


def cleaned(texts: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """The texts that say something, in languages that we speak."""
    return {language: texts[language].strip() for language in known if texts.get(language, "").strip()}


def worst(states: Iterable[str]) -> str:
    """The worst of several parts' states; all is well without any."""
    return max(states, key=lambda state: RANK.index(state) if state in RANK else 0, default="operational")


def component_state(severities: Iterable[str]) -> str:
    """What a part's state becomes by the active incidents that touch it."""
    return worst(COMPONENT_STATE.get(severity, "degraded") for severity in severities)


def may_solve(*, active: bool, keep_open: bool, asked_since: bool, leave_asked: bool) -> bool:
    """Whether a ticket is solved together with its incident: not where somebody said that the customer also wants
    something else, nor, if so wished, where the customer wrote again after it was linked."""
    return active and not keep_open and not (leave_asked and asked_since)


@dataclass(frozen=True, slots=True)
class Place:
    """A linked ticket as its audience is counted: whose it is, how they are reached."""

    ticket_id: int
    customer_id: int
    language: str
    channel: str
    reachable: bool = True


def one_for_each(places: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """(where each customer is told, where they would hear it a second time): the newest ticket that reaches them."""
    told: dict[int, Place] = {}
    again: list[Place] = []
    for place in sorted(places, key=lambda p: (not p.reachable, -p.ticket_id)):
        if place.customer_id in told:
            again.append(place)
        else:
            told[place.customer_id] = place
    return sorted(told.values(), key=lambda p: p.ticket_id), sorted(again, key=lambda p: p.ticket_id)
