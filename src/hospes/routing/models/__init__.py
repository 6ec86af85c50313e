"""Tables of the routing room, by topic."""

from hospes.routing.models.escalation import (
    EscalationPolicy,
    EscalationRun,
    HandOver,
    HandOverNotice,
    ResponsibilityOffer,
)
from hospes.routing.models.queue import Queue, QueueSet
from hospes.routing.models.swarms import Swarm, SwarmMember, SwarmNote
from hospes.routing.models.work import AgentLoad, AssignmentRecord, Nudge, QueueTurn, RoutingEntry, State

__all__ = [
    "AgentLoad",
    "AssignmentRecord",
    "EscalationPolicy",
    "EscalationRun",
    "HandOver",
    "HandOverNotice",
    "Nudge",
    "Queue",
    "QueueSet",
    "QueueTurn",
    "ResponsibilityOffer",
    "RoutingEntry",
    "State",
    "Swarm",
    "SwarmMember",
    "SwarmNote",
]
