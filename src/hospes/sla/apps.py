"""Registers the sla room with Django."""

from django.apps import AppConfig


class SlaConfig(AppConfig):
    name = "hospes.sla"
    label = "sla"
    default_auto_field = "django.db.models.BigAutoField"
