"""Tables of the automation room, by topic."""

from hospes.automation.models.hooks import InboundCall, InboundHook, Webhook, WebhookDelivery, WebhookTry
from hospes.automation.models.rules import Handling, Hold, Rule, RuleRun, RuleVersion, Stamp

__all__ = [
    "Handling",
    "Hold",
    "InboundCall",
    "InboundHook",
    "Rule",
    "RuleRun",
    "RuleVersion",
    "Stamp",
    "Webhook",
    "WebhookDelivery",
    "WebhookTry",
]
