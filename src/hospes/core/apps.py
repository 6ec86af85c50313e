"""Registers the core room with Django."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    name = "hospes.core"
    label = "core"
    verbose_name = "Core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # One place wires every room's listeners, so that no room has to remember it.
        for config in apps.get_app_configs():
            if not config.name.startswith("hospes."):
                continue
            for module in ("events", "facts", "subscribers", "tasks", "drains"):
                if find_spec(f"{config.name}.{module}"):
                    import_module(f"{config.name}.{module}")
