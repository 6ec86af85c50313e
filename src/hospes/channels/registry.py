"""The channels there are, as a table."""

from functools import cache

from hospes.channels.adapter import Adapter


@cache
def adapters() -> dict[str, Adapter]:
    """Every channel's adapter by kind; a new channel is one more line."""
    from hospes.channels.email.adapter import EmailAdapter

    return {adapter.kind: adapter for adapter in (EmailAdapter(),)}
