"""Registers the automation room with Django."""

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "hospes.automation"
    label = "automation"
    default_auto_field = "django.db.models.BigAutoField"
