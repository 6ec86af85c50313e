"""Template tags of the desk: moments in the shortest form that is still clear."""

from datetime import datetime

from babel.core import UnknownLocaleError
from babel.dates import format_skeleton, format_time
from django import template
from django.utils import timezone
from django.utils.translation import get_language

register = template.Library()


@register.filter
def stamp(moment: datetime | None) -> str:
    """The time alone today, day and month this year, the year too before that; in the reader's zone and language."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    today = timezone.localtime(timezone.now())
    language = (get_language() or "en").partition("-")[0]
    try:
        time = format_time(local, "HH:mm", locale=language)
        if local.date() == today.date():
            return time
        day = format_skeleton("MMMd" if local.year == today.year else "yMMMd", local, locale=language)
    except (UnknownLocaleError, KeyError):
        return f"{local:%Y-%m-%d %H:%M}"
    return f"{day} {time}"
