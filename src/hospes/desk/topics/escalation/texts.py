"""Typed text as HTML: escaped, its lines kept."""

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def plain(text: str) -> SafeString:
    """A text in which nothing can run."""
    return mark_safe("<br>".join(escape(line) for line in text.strip().splitlines()))
