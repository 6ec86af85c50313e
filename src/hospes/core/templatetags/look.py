"""Template tags for icons, avatars and isolated text, kept cheap: lists call them hundreds of times."""

from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@cache
def _sprite() -> str:
    return static("hospes/icons/icons.svg")


@cache
def icon_svg(name: str, kind: str = "") -> SafeString:
    """One icon of the sprite; it is decoration, so the words beside it must say the same."""
    classes = f"icon {kind}".strip()
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg>',
        classes,
        _sprite(),
        name,
    )


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """`{% icon "mail" %}`; kinds: small, large, turns (mirrored in right-to-left scripts)."""
    return icon_svg(name, kind)


def initials(name: str) -> str:
    """At most two letters: of the first and last word, or of the address when there is no name."""
    spaced = name.replace(".", " ").replace("_", " ").split("@")[0]
    words = [word for word in spaced.split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:1]
    return words[0][0] + words[-1][0]


def avatar_html(name: str, key: object = None, kind: str = "") -> SafeString:
    """A round sign with initials; `key` (an id) chooses the ground so that it stays the person's own."""
    seed = key if isinstance(key, int) else sum(name.encode())
    return format_html('<span class="avatar {} hue-{}" aria-hidden="true">{}</span>', kind, seed % 8, initials(name))


@register.simple_tag
def avatar(name: str, key: object = None, kind: str = "") -> SafeString:
    """`{% avatar person.name person.pk "small" %}`."""
    return avatar_html(str(name or ""), key, kind)


@register.filter
def bdi(value: Any) -> SafeString:
    """Keep the direction of a name, number or address inside text of the other direction."""
    return mark_safe(f"<bdi>{conditional_escape(value)}</bdi>")
