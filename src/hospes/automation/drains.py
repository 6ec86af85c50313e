"""The queues of the automation room that workers empty."""

from hospes.automation import delivering, operations
from hospes.core import clock, drains


def sweep_rules() -> int:
    """One batch of a time rule that is due."""
    return operations.sweep(now=clock.now())


drains.register("rules", sweep_rules, every=15.0)


def send_webhooks() -> int:
    """One batch of webhook deliveries."""
    return delivering.deliver_waiting(now=clock.now())


def tell_of_webhooks() -> int:
    """Notices about webhooks that were switched off."""
    return delivering.tell_admins()


drains.register("webhooks", send_webhooks, every=5.0)
drains.register("webhook_notices", tell_of_webhooks, every=60.0)
