"""Every write of the routing room, by topic."""

from hospes.routing.operations.counting import recount
from hospes.routing.operations.escalation import (
    answer_responsibility,
    de_escalate,
    escalate,
    offer_responsibility,
    take_escalated,
)
from hospes.routing.operations.escalation_chain import consider_chain, forget_old_runs, hasten_chain, take_steps
from hospes.routing.operations.escalation_setup import (
    archive_escalation_policy,
    order_escalation_policies,
    save_escalation_policy,
    set_notice,
)
from hospes.routing.operations.escalation_told import tell_customer
from hospes.routing.operations.exchange import import_queues, read_queue_set
from hospes.routing.operations.languages import learn_language
from hospes.routing.operations.looking import look_at_ticket
from hospes.routing.operations.nudges import nudge_agents, nudge_tickets
from hospes.routing.operations.offers import accept_offer, decline_offer
from hospes.routing.operations.pulling import look_around, pull_for
from hospes.routing.operations.queues import archive_queue, change_queue, create_queue, order_queues
from hospes.routing.operations.resting import let_rest, take_up
from hospes.routing.operations.swarms import (
    end_swarm,
    invite_to_swarm,
    join_swarm,
    leave_swarm,
    reuse_solution,
    say_in_swarm,
    start_swarm,
)
from hospes.routing.operations.waits import begin_wait, end_wait
from hospes.routing.operations.working import work_through

__all__ = [
    "accept_offer",
    "answer_responsibility",
    "archive_escalation_policy",
    "archive_queue",
    "begin_wait",
    "change_queue",
    "consider_chain",
    "create_queue",
    "de_escalate",
    "decline_offer",
    "end_swarm",
    "end_wait",
    "escalate",
    "forget_old_runs",
    "hasten_chain",
    "import_queues",
    "invite_to_swarm",
    "join_swarm",
    "learn_language",
    "leave_swarm",
    "let_rest",
    "look_around",
    "look_at_ticket",
    "nudge_agents",
    "nudge_tickets",
    "offer_responsibility",
    "order_escalation_policies",
    "order_queues",
    "pull_for",
    "read_queue_set",
    "recount",
    "reuse_solution",
    "save_escalation_policy",
    "say_in_swarm",
    "set_notice",
    "start_swarm",
    "take_escalated",
    "take_steps",
    "take_up",
    "tell_customer",
    "work_through",
]
