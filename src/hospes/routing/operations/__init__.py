"""Every write of the routing room, by topic."""

from hospes.routing.operations.counting import recount
from hospes.routing.operations.looking import look_at_ticket
from hospes.routing.operations.nudges import nudge_agents, nudge_tickets
from hospes.routing.operations.offers import accept_offer, decline_offer
from hospes.routing.operations.pulling import look_around, pull_for
from hospes.routing.operations.queues import archive_queue, change_queue, create_queue, order_queues
from hospes.routing.operations.working import work_through

__all__ = [
    "accept_offer",
    "archive_queue",
    "change_queue",
    "create_queue",
    "decline_offer",
    "look_around",
    "look_at_ticket",
    "nudge_agents",
    "nudge_tickets",
    "order_queues",
    "pull_for",
    "recount",
    "work_through",
]
