"""What happens to orders."""

from dataclasses import dataclass
from typing import ClassVar

from hospes.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSaved(Event):
    """An order came in, or the shop told something new about it."""

    subject: ClassVar[str] = "order"
    subject_id_field: ClassVar[str] = "order_id"

    order_id: int
    customer_id: int
    number: str
    status: str
    new: bool = False
