"""Decisions on the addresses of the topic routing."""

from typing import Any, Final

from hospes.core.actors import SYSTEM
from hospes.routing import operations
from hospes.testing.rules import Rule

RULES: Final[dict[str, Rule]] = {
    "desk/queues/": Rule(get="light"),
    "desk/offers/": Rule(get="agent"),
    "desk/t/<str:number>/offer/": Rule(post="agent", thing="ticket", args=("number",), body={"answer": "accept"}),
    "desk/t/<str:number>/put-back/": Rule(post="agent", thing="ticket", args=("number",)),
    "desk/settings/queues/": Rule(get="manager"),
    "desk/settings/queues/new/": Rule(get="manager", post="manager"),
    "desk/settings/queues/order/": Rule(post="manager", body={"queue": "0", "move": "up"}),
    "desk/settings/queues/try/": Rule(get="manager"),
    "desk/settings/queues/export/": Rule(get="manager"),
    "desk/settings/queues/import/": Rule(post="manager"),
    "desk/settings/queues/<int:queue_id>/": Rule(get="manager", post="manager", args=("queue",)),
    "api/v1/queues": Rule(get="manager"),
    "api/v1/queues/waiting": Rule(get="light"),
    "api/v1/tickets/<number>/routing": Rule(get="light", thing="ticket", args=("number",)),
}
HEARD: Final[dict[str, str]] = {"queue": "light"}


def things(things: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A queue that takes nothing, so that it moves no ticket of the others."""
    made = operations.create_queue(
        name="Matrix", conditions={"field": "ticket.subject", "is": "is", "value": "–"}, actor=SYSTEM, now=now
    )
    return {"queue": made.pk}
