"""Registers the realtime room with Django."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "hospes.realtime"
    label = "realtime"
    default_auto_field = "django.db.models.BigAutoField"
