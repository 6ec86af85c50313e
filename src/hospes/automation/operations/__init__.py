"""Every write of the automation room, by topic."""

from hospes.automation.operations.rules import (
    archive_rule,
    duplicate_rule,
    look_at_stop,
    move_rule,
    restore_version,
    save_rule,
    switch_off,
    switch_on,
)
from hospes.automation.operations.running import handle_event
from hospes.automation.operations.sweeping import sweep

__all__ = [
    "archive_rule",
    "duplicate_rule",
    "handle_event",
    "look_at_stop",
    "move_rule",
    "restore_version",
    "save_rule",
    "sweep",
    "switch_off",
    "switch_on",
]
