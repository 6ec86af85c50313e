"""How well text is read on a colour: the contrast ratio of WCAG 2.2 (success criterion 1.4.3). Pure."""

import re
from typing import Final

ENOUGH: Final = 4.5
COLOUR: Final = re.compile(r"^#[0-9a-fA-F]{6}$")


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def text_on(colour: str) -> str:
    """White or black, whichever is read better; white where it is good enough, as buttons mostly are."""
    if not COLOUR.match(colour):
        return "#ffffff"
    return "#ffffff" if ratio(colour, "#ffffff") >= ENOUGH else "#000000"


def readable(colour: str) -> bool:
    """Whether the colour itself can be read on white, as links and icons in it must be (3 : 1)."""
    return bool(COLOUR.match(colour)) and ratio(colour, "#ffffff") >= 3
