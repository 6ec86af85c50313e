"""Registers the guidance room with Django."""

from django.apps import AppConfig


class GuidanceConfig(AppConfig):
    name = "hospes.guidance"
    label = "guidance"
    default_auto_field = "django.db.models.BigAutoField"
