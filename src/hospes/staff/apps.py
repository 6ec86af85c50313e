"""Registers the staff room with Django."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "hospes.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
