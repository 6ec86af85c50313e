"""Lengths of time as workflows' figures print them."""

from datetime import timedelta

from django import template
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def span(value: timedelta | None) -> str:
    """A length of time in its largest unit: 45 s, 3 min, 2 h, 4 d."""
    if not isinstance(value, timedelta):
        return "–"
    seconds = int(value.total_seconds())
    for size, words in ((86_400, _("%(n)d d")), (3600, _("%(n)d h")), (60, _("%(n)d min"))):
        if seconds >= 2 * size:
            return words % {"n": round(seconds / size)}
    return _("%(n)d s") % {"n": seconds}
