"""Every read of the routing room, by topic."""

from hospes.routing.queries.board import (
    Standing,
    assignments_of,
    board,
    entry_of,
    last_assignment,
    offered_to,
    stuck,
    visible,
)
from hospes.routing.queries.exchange import exported
from hospes.routing.queries.explaining import Explanation, explain
from hospes.routing.queries.rules import Rule, get_queue, queues, rules

__all__ = [
    "Explanation",
    "Rule",
    "Standing",
    "assignments_of",
    "board",
    "entry_of",
    "explain",
    "exported",
    "get_queue",
    "last_assignment",
    "offered_to",
    "queues",
    "rules",
    "stuck",
    "visible",
]
