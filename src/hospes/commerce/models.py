"""Tables of the commerce room: orders and what was ordered."""

from typing import Any

from django.db import models
from django.db.models import F
from django.utils.translation import pgettext_lazy


class Order(models.Model):
    """An order as the shop knows it. `fields` holds whatever else the shop tells (tracking number, address)."""

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("order", "Received")
        PACKED = "packed", pgettext_lazy("order", "Being packed")
        SHIPPED = "shipped", pgettext_lazy("order", "On its way")
        DELIVERED = "delivered", pgettext_lazy("order", "Delivered")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")
        RETURNED = "returned", pgettext_lazy("order", "Returned")

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=60)
    key = models.CharField(max_length=60, unique=True)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RECEIVED)
    placed_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    total = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    fields: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(F("customer"), F("placed_at").desc(), F("id").desc(), name="order_of_customer")]

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """One thing in an order."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    name = models.CharField(max_length=300)
    sku = models.CharField(max_length=60, blank=True)
    quantity = models.PositiveIntegerField(default=1)
    price = models.DecimalField(max_digits=14, decimal_places=4)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name
