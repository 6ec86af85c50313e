"""Gives pages the cursor from which their live updates start."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from hospes.realtime.queries import cursor_now


def live(request: HttpRequest) -> dict[str, Any]:
    """`live_cursor` for templates; asked of the database only where a page uses it."""
    return {"live_cursor": SimpleLazyObject(lambda: str(cursor_now()))}
