"""Short pieces of text in the reader's language: spans of time as the browser would say them, isolated names."""

from datetime import datetime
from functools import lru_cache

from babel.core import UnknownLocaleError
from babel.units import format_unit
from django.utils.translation import get_language

UNITS = (("duration-day", 86400), ("duration-hour", 3600), ("duration-minute", 60))


@lru_cache(maxsize=4096)
def _words(value: int, unit: str, length: str, language: str) -> str:
    try:
        return format_unit(value, unit, length=length, locale=language)  # type: ignore[arg-type]
    except (UnknownLocaleError, ValueError):
        return format_unit(value, unit, length=length, locale="en")  # type: ignore[arg-type]


def span(seconds: float, *, length: str = "narrow") -> str:
    """A span as one unit: 4m, 3h, 2d; `length` "short" gives 4 min. Its sign does not matter."""
    size = abs(int(seconds))
    language = (get_language() or "en").partition("-")[0]
    if language == "fa":  # Persian has no narrow units of its own
        length = "short"
    for unit, seconds_each in UNITS:
        if size >= seconds_each:
            return _words(size // seconds_each, unit, length, language)
    return _words(0, "duration-minute", length, language)


def ago(at: datetime, *, now: datetime) -> str:
    """How long ago, as one short unit."""
    return span((now - at).total_seconds())


def isolated(text: str) -> str:
    """A name or subject inside a sentence of the other direction keeps its own (Unicode isolates, UAX #9)."""
    return f"\u2068{text}\u2069"
