"""Every read of the commerce room."""

from django.db.models import Q, QuerySet

from hospes.commerce.models import Order
from hospes.commerce.policies import order_key
from hospes.customers.models import Customer
from hospes.customers.queries import same_person


def find_order(number: str, customer: Customer | None = None) -> Order | None:
    """An order by its number, however it is written; only the customer's own when one is given."""
    key = order_key(number)
    found = Order.objects.filter(key=key).select_related("customer").first() if key else None
    if found is not None and customer is not None and found.customer_id not in same_person(customer.pk):
        return None
    return found


def orders_of(customer: Customer) -> QuerySet[Order]:
    """A customer's orders with their lines, newest first, also those of records merged into theirs."""
    owners = Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer.pk)).values("pk")
    return Order.objects.filter(customer_id__in=owners).prefetch_related("lines").order_by("-placed_at", "-id")


def newest_order(customer_id: int) -> Order | None:
    """The customer's newest order."""
    return Order.objects.filter(customer_id__in=same_person(customer_id)).order_by("-placed_at", "-id").first()
