"""What automation does because of what happened: rules look at it, webhooks are told."""

from hospes.automation import operations
from hospes.automation.triggers import BY_KEY
from hospes.core.clock import now
from hospes.core.events import Event, Happened, subscribe


def run_rules(happened: Happened) -> None:
    """Every event that a trigger names goes through the rules once."""
    operations.handle_event(happened, now=now())


def _listen(event: type[Event]) -> None:
    subscribe(event)(run_rules)


for _event in {trigger.event for trigger in BY_KEY.values()}:
    _listen(_event)
