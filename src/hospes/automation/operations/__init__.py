"""Every write of the automation room, by topic."""

from hospes.automation.operations.calls import archive_inbound, save_inbound, take_call
from hospes.automation.operations.library import add_from_library, export_rules, import_rules
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
from hospes.automation.operations.webhooks import archive_webhook, replay, rotate_secret, save_webhook, tell_webhooks

__all__ = [
    "add_from_library",
    "archive_inbound",
    "archive_rule",
    "archive_webhook",
    "duplicate_rule",
    "export_rules",
    "handle_event",
    "import_rules",
    "look_at_stop",
    "move_rule",
    "replay",
    "restore_version",
    "rotate_secret",
    "save_inbound",
    "save_rule",
    "save_webhook",
    "sweep",
    "switch_off",
    "switch_on",
    "take_call",
    "tell_webhooks",
]
