"""Two records that are one person: merged, and taken apart again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.customers import events
from hospes.customers.models import Customer


@transaction.atomic
def merge_customers(*, keep: Customer, other: Customer, actor: Actor, now: datetime) -> Customer:
    """Make `other` a pointer to `keep`; contact points stay with their record, so that it can be undone."""
    actor.require("customer.merge")
    both = Customer.objects.select_for_update(no_key=True).filter(pk__in=[keep.pk, other.pk]).order_by("pk")
    locked = {customer.pk: customer for customer in both}
    if len(locked) != 2 or any(customer.merged_into_id for customer in locked.values()):
        raise InvalidInput(_("Choose two different customers."), field="other")
    keep, other = locked[keep.pk], locked[other.pk]
    # Readers follow one pointer only; merged_via remembers the way, for unmerging.
    Customer.objects.filter(merged_into=other, merged_via=None).update(merged_via=other)
    Customer.objects.filter(merged_into=other).update(merged_into=keep)
    other.merged_into, other.updated_at = keep, now
    other.save(update_fields=["merged_into", "updated_at"])
    emit(events.CustomersMerged(customer_id=keep.pk, other_id=other.pk), actor=actor, now=now)
    return keep


@transaction.atomic
def unmerge_customer(*, other: Customer, actor: Actor, now: datetime) -> Customer:
    """Undo a merge."""
    actor.require("customer.merge")
    other = Customer.objects.select_for_update(no_key=True).get(pk=other.pk)
    keep_id = other.merged_into_id
    if keep_id is None:
        raise InvalidInput(_("This customer was not merged."), field="other")
    other.merged_into = other.merged_via = None
    other.updated_at = now
    other.save(update_fields=["merged_into", "merged_via", "updated_at"])
    own = level = set(Customer.objects.filter(merged_via=other).values_list("pk", flat=True))
    while level:  # those who had been merged into one of them come along
        level = set(Customer.objects.filter(merged_via__in=level).exclude(pk__in=own).values_list("pk", flat=True))
        own = own | level
    Customer.objects.filter(pk__in=own).update(merged_into=other)
    Customer.objects.filter(merged_via=other).update(merged_via=None)
    emit(events.CustomersUnmerged(customer_id=keep_id, other_id=other.pk), actor=actor, now=now)
    return other
