"""Pure decisions about orders: when two numbers are one, and what a line may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from hospes.core.errors import InvalidInput
from hospes.core.text import fold, storable

MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A checked line of an order."""

    name: str
    sku: str
    quantity: int
    price: Decimal


def order_key(number: str) -> str:
    """The form in which order numbers are compared: "# sc-1042" and "SC1042" are one."""
    return "".join(c for c in fold(storable(number)) if c.isalnum())[:60]


def amount(value: Any, *, field: str) -> Decimal:
    """A sum of money. Raises InvalidInput."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) >= Decimal(10) ** 10:
        raise InvalidInput(_("Give an amount such as 19.90."), field=field)
    return found


def checked_lines(lines: Iterable[dict[str, Any]]) -> list[Line]:
    """The lines of an order. Raises InvalidInput naming the line."""
    found: list[Line] = []
    for number, line in enumerate(lines):
        name = " ".join(storable(str(line.get("name") or "")).split())[:300]
        quantity = line.get("quantity", 1)
        if not name:
            raise InvalidInput(_("Each line of an order needs a name."), field=f"lines.{number}.name")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or not 0 < quantity < 10**6:
            raise InvalidInput(_("Give a quantity of at least 1."), field=f"lines.{number}.quantity")
        price = amount(line.get("price", 0), field=f"lines.{number}.price")
        found.append(Line(name, storable(str(line.get("sku") or ""))[:60], quantity, price))
    if len(found) > MAX_LINES:
        raise InvalidInput(_("An order may have at most %(n)d lines.") % {"n": MAX_LINES}, field="lines")
    return found
