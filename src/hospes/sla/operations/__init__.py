"""Every write of service levels. Import the operations from here."""

from hospes.sla.operations.applying import apply_to_open, follow_past, work_through
from hospes.sla.operations.following import follow
from hospes.sla.operations.others import start_clock, stop_clock
from hospes.sla.operations.setup import archive_calendar, archive_policy, order_policies, save_calendar, save_policy
from hospes.sla.operations.telling import follow_customer, set_order_clock, stop_order_clock, tell_of
from hospes.sla.operations.timers import ring

__all__ = [
    "apply_to_open",
    "archive_calendar",
    "archive_policy",
    "follow",
    "follow_customer",
    "follow_past",
    "order_policies",
    "ring",
    "save_calendar",
    "save_policy",
    "set_order_clock",
    "start_clock",
    "stop_clock",
    "stop_order_clock",
    "tell_of",
    "work_through",
]
