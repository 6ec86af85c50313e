"""Numbers out of what a browser or a program sent: the one reader for forms, addresses and headers."""


def posted_number(value: str) -> int | None:
    """A whole number as machines write it, of at most 18 digits; None for anything else.

    `str.isdigit` is no such test: "²" is a digit for it and no number for `int`; and "۵" is both, yet no machine of
    ours writes it.
    """
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def posted_id(value: str) -> int:
    """An id; 0, which nothing has, for what cannot be one."""
    return posted_number(value) or 0
