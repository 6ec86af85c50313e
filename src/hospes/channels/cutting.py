"""Long words cut into messages that a channel takes: between paragraphs if that can be, never within a character."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final

# Where a part best ends, the best first.
_SEAMS: Final = (re.compile(r"\n\n+"), re.compile(r"\n"), re.compile(r"[.!?…。]\s"), re.compile(r"\s"))
_JOINERS: Final = "\u200d\ufe0e\ufe0f"


def cut(text: str, *, limit: int, length: Callable[[str], int] = len) -> list[str]:
    """The parts of a text, without white space around them; none of an empty one."""
    found = [text[start:end] for start, end in spans(text, limit=limit, length=length)]
    return [part.strip() for part in found if part.strip()]


def spans(
    text: str,
    *,
    limit: int,
    length: Callable[[str], int] = len,
    whole: Sequence[tuple[int, int]] = (),
) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends. `length` of one character is at least 1 and at most `limit`; stretches of
    `whole` (links) are not cut where there is another way."""
    start = 0
    while start < len(text):
        end = _end(text, start, limit, length, whole)
        yield start, end
        start = end


def _end(text: str, start: int, limit: int, length: Callable[[str], int], whole: Sequence[tuple[int, int]]) -> int:
    """At the last good seam in the part's second half, else between two characters."""
    furthest = _furthest(text, start, limit, length)
    if furthest == len(text):
        return furthest
    half = start + (furthest - start) // 2
    for seam in _SEAMS:
        found = [m.end() for m in seam.finditer(text, half, furthest)]
        outside = [at for at in found if not any(a < at < b for a, b in whole)]
        if outside:
            return outside[-1]
    while furthest > max(half, start + 1) and _joined(text, furthest):
        furthest -= 1
    return furthest


def _furthest(text: str, start: int, limit: int, length: Callable[[str], int]) -> int:
    """The longest part from here that fits, by halving what is not known."""
    fits, too_far = start + 1, min(start + limit, len(text)) + 1
    while too_far - fits > 1:
        middle = (fits + too_far) // 2
        if length(text[start:middle]) <= limit:
            fits = middle
        else:
            too_far = middle
    return fits


def _joined(text: str, at: int) -> bool:
    """Whether the character here belongs to the one before it (an accent, a skin tone, a flag, a joined emoji)."""
    here, before = text[at], text[at - 1]
    return (
        unicodedata.combining(here) != 0
        or here in _JOINERS
        or before == "\u200d"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or "\U0001f1e6" <= here <= "\U0001f1ff"
    )
