"""Every write of the commerce room."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hospes.commerce import events
from hospes.commerce.models import Order, OrderLine
from hospes.commerce.policies import amount, checked_lines, order_key
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput
from hospes.core.events import emit
from hospes.core.text import storable, storable_json
from hospes.customers.models import Customer


@transaction.atomic
def save_order(
    *,
    number: str,
    customer: Customer,
    placed_at: datetime,
    total: Any,
    currency: str,
    lines: Iterable[dict[str, Any]],
    actor: Actor,
    now: datetime,
    status: str = "received",
    delivered_at: datetime | None = None,
    fields: dict[str, Any] | None = None,
) -> Order:
    """Take in an order as the shop has it, or bring the known one of this number up to date. Raises InvalidInput."""
    actor.require("order.save")
    number, key = storable(number).strip()[:60], order_key(number)
    if not key:
        raise InvalidInput(_("Give the order’s number."), field="number")
    if status not in Order.Status.values:
        raise InvalidInput(_("Choose one of the statuses."), field="status")
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        raise InvalidInput(_("Give a currency by its three letters, such as EUR."), field="currency")
    checked = checked_lines(lines)
    order, new = Order.objects.select_for_update(no_key=True).update_or_create(
        key=key,
        defaults={
            "number": number,
            "customer": customer.merged_into or customer,
            "status": status,
            "placed_at": placed_at,
            "delivered_at": delivered_at,
            "total": amount(total, field="total"),
            "currency": currency.upper(),
            "fields": storable_json(fields or {}),
            "updated_at": now,
        },
    )
    if not new:
        order.lines.all().delete()
    OrderLine.objects.bulk_create(
        OrderLine(order=order, name=line.name, sku=line.sku, quantity=line.quantity, price=line.price)
        for line in checked
    )
    happened = events.OrderSaved(
        order_id=order.pk, customer_id=order.customer_id, number=order.number, status=status, new=new
    )
    emit(happened, actor=actor, now=now)
    return order
