"""Pages of lists in order of id: the cursor is the last id seen, so the work grows with the page, not the table."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput

M = TypeVar("M", bound=Model)


def by_id(
    found: QuerySet[M], *, cursor: str | None, limit: int, newest_first: bool = False
) -> tuple[list[M], str | None]:
    """(a page, the next cursor or None at the end). Raises InvalidInput for a cursor that was not handed out."""
    if cursor:
        if not (cursor[:1] == "i" and cursor[1:].isascii() and cursor[1:].isdecimal() and len(cursor) < 20):
            raise InvalidInput(_("Give back the cursor exactly as it was handed out."), field="cursor")
        found = found.filter(**{"pk__lt" if newest_first else "pk__gt": int(cursor[1:])})
    items = list(found.order_by("-pk" if newest_first else "pk")[: limit + 1])
    more = len(items) > limit
    items = items[:limit]
    return items, f"i{items[-1].pk}" if more else None
