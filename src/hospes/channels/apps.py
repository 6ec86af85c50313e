"""Registers the channels room with Django."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "hospes.channels"
    label = "hospes_channels"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from hospes.channels.queries import who_stopped
        from hospes.channels.registry import make_known
        from hospes.tickets.ways import register_stops

        make_known()
        register_stops(who_stopped)
