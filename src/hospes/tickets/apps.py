"""Registers the tickets room with Django."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TicketsConfig(AppConfig):
    name = "hospes.tickets"
    label = "tickets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(add_statuses, sender=self)


def add_statuses(**_: Any) -> None:
    """The built-in status of each category is part of the schema: there after every migrate and flush."""
    from hospes.tickets.models import Status
    from hospes.tickets.models.setup import Category

    for position, category in enumerate(Category.values):
        Status.objects.get_or_create(category=category, builtin=True, defaults={"position": position})
