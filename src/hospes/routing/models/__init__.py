"""Tables of the routing room, by topic."""

from hospes.routing.models.queue import Queue, QueueSet
from hospes.routing.models.work import AgentLoad, AssignmentRecord, Nudge, QueueTurn, RoutingEntry, State

__all__ = [
    "AgentLoad",
    "AssignmentRecord",
    "Nudge",
    "Queue",
    "QueueSet",
    "QueueTurn",
    "RoutingEntry",
    "State",
]
