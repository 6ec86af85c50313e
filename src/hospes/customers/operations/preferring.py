"""The channel by which somebody is reached best, learned from how they answer."""

from datetime import datetime

from django.db import transaction

from hospes.core.actors import Actor
from hospes.core.events import emit
from hospes.customers import events
from hospes.customers.models import Customer


@transaction.atomic
def note_learned_channel(*, customer_id: int, channel: str, actor: Actor, now: datetime) -> bool:
    """Keep what was learned; never over what the customer or an agent chose. False when nothing changed."""
    found = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id, merged_into=None).first()
    if found is None or found.preferred_by not in {"", "learned"} or found.preferred_channel == channel:
        return False
    found.preferred_channel, found.preferred_by = channel[:20], "learned" if channel else ""
    found.updated_at = now
    found.save(update_fields=["preferred_channel", "preferred_by", "updated_at"])
    emit(events.CustomerChanged(customer_id=found.pk, what="preferred_channel"), actor=actor, now=now)
    return True
