"""Every write of the incidents room, by topic. Import the operations from here."""

from hospes.incidents.operations.components import archive_component, save_component
from hospes.incidents.operations.declaring import change_incident, declare, dismiss_burst, save_review
from hospes.incidents.operations.linking import (
    accept_suggestion,
    decline_suggestion,
    follow_merge,
    keep_open,
    link_burst,
    link_tickets,
    unlink_ticket,
)
from hospes.incidents.operations.subscribing import (
    confirm_subscription,
    forget_unconfirmed,
    subscribe_to_status,
    unsubscribe_from_status,
)
from hospes.incidents.operations.telling import post_update, tell_waiting, try_telling_again
from hospes.incidents.operations.watching import forget_signs, learn_waiting, watch_ticket

__all__ = [
    "accept_suggestion",
    "archive_component",
    "change_incident",
    "confirm_subscription",
    "declare",
    "decline_suggestion",
    "dismiss_burst",
    "follow_merge",
    "forget_signs",
    "forget_unconfirmed",
    "keep_open",
    "learn_waiting",
    "link_burst",
    "link_tickets",
    "post_update",
    "save_component",
    "save_review",
    "subscribe_to_status",
    "tell_waiting",
    "try_telling_again",
    "unlink_ticket",
    "unsubscribe_from_status",
    "watch_ticket",
]
