"""Where the signature begins: at a delimiter line, a telephone's line, a list's footer; never by guessing at names."""

from collections.abc import Sequence
from typing import Final

from hospes.channels.email.parsing.quote_lines import is_device_line

EXACT_LINES: Final = 30  # filled lines that may follow "-- "
SLOPPY_LINES: Final = 12  # ... and "--"
_LOOK_BACK: Final = 200


def find_signature(lines: Sequence[str], first: int, last: int, *, others: bool = False) -> int | None:
    """The line where the signature of this stretch begins, or None.

    Something must be left before it, unless there are `others`: new words elsewhere.
    """
    start = _by_delimiter(lines, first, last)
    end = last if start is None else start
    device = _by_device(lines, first, end)
    start = device if device is not None else start
    if start is None:
        return None
    if others or any(line.strip() for line in lines[first:start]):
        return start
    return None


def _by_delimiter(lines: Sequence[str], first: int, last: int) -> int | None:
    """The first delimiter that is followed by few enough lines to be a signature."""
    filled = 0
    best: int | None = None
    for at in range(last - 1, max(first, last - _LOOK_BACK) - 1, -1):
        line = lines[at]
        stripped = line.strip()
        if not stripped:
            continue
        if stripped in ("--", "—", "––") and line[:1] not in (" ", "\t"):
            if filled <= (EXACT_LINES if line.startswith("-- ") else SLOPPY_LINES):
                best = at
        elif stripped.startswith("-----BEGIN PGP SIGNATURE-----"):
            best = at
            filled = 0
            continue
        elif stripped[0] == "_" and len(stripped) >= 20 and not stripped.strip("_") and _is_footer(lines, at, last):
            best = at
        filled += 1
        if filled > EXACT_LINES and best is None and "PGP" not in lines[last - 1]:
            break
    return best


def _is_footer(lines: Sequence[str], at: int, last: int) -> bool:
    """The footer that a mailing list puts under every mail."""
    footer = " ".join(lines[at + 1 : min(at + 6, last)]).casefold()
    return "mailing list" in footer or "listinfo" in footer or "unsubscribe" in footer


def _by_device(lines: Sequence[str], first: int, last: int) -> int | None:
    """The first of the telephone's lines at the very end."""
    start: int | None = None
    seen = 0
    for at in range(last - 1, first - 1, -1):
        if not lines[at].strip():
            continue
        if not is_device_line(lines[at]):
            break
        start, seen = at, seen + 1
        if seen >= 3:
            break
    return start
