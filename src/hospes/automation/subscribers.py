"""What automation does because of what happened: rules look at it, webhooks are told."""

from hospes.automation import operations
from hospes.automation.operations.running import event_data
from hospes.automation.triggers import BY_KEY, fired_by
from hospes.core.clock import now
from hospes.core.events import Event, Happened, subscribe


def run_rules(happened: Happened) -> None:
    """Every event that a trigger names goes through the rules once."""
    operations.handle_event(happened, now=now())


def tell_webhooks(happened: Happened) -> None:
    """Webhooks that listen to it get a delivery each."""
    data = event_data(happened.event, happened.actor)
    operations.tell_webhooks(
        fired=fired_by(type(happened.event), data),
        source=happened.id,
        ticket_id=getattr(happened.event, "ticket_id", 0),
        data=data,
        at=happened.at,
        now=now(),
    )


def _listen(event: type[Event]) -> None:
    subscribe(event, first=True)(run_rules)
    subscribe(event)(tell_webhooks)


for _event in {trigger.event for trigger in BY_KEY.values()}:
    _listen(_event)
