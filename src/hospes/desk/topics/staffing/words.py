"""Channels in words, and days and hours as people at the desk read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import get_language

from hospes.core.clock import time_zones
from hospes.staff.models import Agent, Team
from hospes.tickets.ways import channel_choices


def channel_words() -> list[tuple[str, str]]:
    """The channels that work comes by."""
    return channel_choices()


def zone_of(agent: Agent, team: Team | None = None) -> ZoneInfo:
    """The clock by which plans are read: the team's, else the reader's own."""
    names = (team.time_zone if team else "", agent.time_zone, "UTC")
    return ZoneInfo(next(name for name in names if name in time_zones()))


def day_name(day: date) -> str:
    """A day as "Mon 4 May" in the reader's language."""
    return format_date(day, "EEE d MMM", locale=(get_language() or "en").replace("-", "_"))


def hours(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """A span within or about a day: "09:00–17:00"."""
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"
