"""Registers the incidents room with Django."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "hospes.incidents"
    label = "incidents"
    default_auto_field = "django.db.models.BigAutoField"
