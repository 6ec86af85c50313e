"""What conditions can ask about an order: the one that the ticket names, or the customer's newest."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from hospes.commerce.models import Order
from hospes.commerce.queries import find_order, newest_order
from hospes.core.conditions import Field
from hospes.core.facts import About, provide

ORDER = gettext_lazy("Order")


def _statuses() -> list[tuple[Any, str]]:
    return [(value, str(label)) for value, label in Order.Status.choices]


def _fields() -> list[Field]:
    return [
        Field("order.number", gettext_lazy("the order number"), "text", group=ORDER),
        Field("order.status", gettext_lazy("the order’s status"), "choice", _statuses, group=ORDER),
        Field("order.total", gettext_lazy("the order’s total"), "number", group=ORDER),
        Field("order.currency", gettext_lazy("the order’s currency"), "text", group=ORDER),
        Field("order.placed_at", gettext_lazy("the day of the order"), "moment", group=ORDER),
        Field("order.delivered_at", gettext_lazy("the order’s delivery"), "moment", group=ORDER),
        Field("order.items", gettext_lazy("the things in the order"), "set", group=ORDER),
    ]


def facts_of(order: Order) -> dict[str, Any]:
    """One order as facts."""
    facts: dict[str, Any] = {
        "order.number": order.number,
        "order.status": order.status,
        "order.total": float(order.total),
        "order.currency": order.currency,
        "order.placed_at": order.placed_at,
        "order.delivered_at": order.delivered_at,
        "order.items": [line.name for line in order.lines.all()],
    }
    return facts | {f"order.field.{name}": value for name, value in order.fields.items()}


def _load(about: About) -> Mapping[str, Any]:
    customer_id = about.ticket.customer_id if about.ticket is not None else getattr(about.customer, "pk", None)
    named = str((about.ticket.fields or {}).get("order") or "") if about.ticket is not None else ""
    order = find_order(named) if named else None
    if order is None and customer_id is not None:
        order = newest_order(customer_id)
    return facts_of(order) if order is not None else {}


provide("order", _fields, _load)
