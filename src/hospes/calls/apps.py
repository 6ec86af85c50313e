"""Registers the calls room with Django."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "hospes.calls"
    label = "calls"
    default_auto_field = "django.db.models.BigAutoField"
