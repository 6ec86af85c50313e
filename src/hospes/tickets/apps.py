"""Registers the tickets room with Django."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "hospes.tickets"
    label = "tickets"
    default_auto_field = "django.db.models.BigAutoField"
