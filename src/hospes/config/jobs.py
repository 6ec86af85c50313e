"""Procrastinate's application: timers and retries of every room, found in their `tasks.py`."""

from procrastinate import App


def on_app_ready(app: App) -> None:
    """Rooms' tasks are imported by the core app at start-up; nothing else to do here."""
    del app
