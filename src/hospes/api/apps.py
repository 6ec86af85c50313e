"""Registers the api room with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "hospes.api"
    label = "hospes_api"
    default_auto_field = "django.db.models.BigAutoField"
