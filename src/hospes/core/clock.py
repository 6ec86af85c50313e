"""The only place that asks what time it is; everything below gets `now=`."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones; finding them walks a folder, so it is done once."""
    return frozenset(available_timezones())
