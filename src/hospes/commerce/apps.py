"""Registers the commerce room with Django."""

from django.apps import AppConfig


class CommerceConfig(AppConfig):
    name = "hospes.commerce"
    label = "commerce"
    default_auto_field = "django.db.models.BigAutoField"
