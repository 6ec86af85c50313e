"""Registers the routing room with Django."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "hospes.routing"
    label = "routing"
    default_auto_field = "django.db.models.BigAutoField"
