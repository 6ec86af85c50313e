"""Registers the workflows room with Django."""

from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "hospes.workflows"
    label = "workflows"
    default_auto_field = "django.db.models.BigAutoField"
