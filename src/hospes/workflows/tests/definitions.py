"""Definitions and a customer's order that several tests use."""

from typing import Any

from hospes.commerce import operations as commerce
from hospes.core.actors import SYSTEM, Actor
from hospes.testing.people import NOON
from hospes.workflows import operations
from hospes.workflows.models import Workflow

RETURN: dict[str, Any] = {
    "name": {"en": "Return something", "lv": "Atgriezt preci"},
    "language": "en",
    "open_to": "guests",
    "steps": [
        {
            "key": "who",
            "kind": "ask",
            "title": {"en": "Your order"},
            "inputs": [
                {"key": "order", "kind": "order", "label": {"en": "Order number"}},
                {"key": "email", "kind": "email", "label": {"en": "E-mail address"}},
            ],
        },
        {
            "key": "find",
            "kind": "look_up",
            "find": "order",
            "by": "run.order",
            "verify": {"email": "run.email"},
            "branches": [{"label": "Not found", "when": {"field": "run.find_found", "is": "no"}, "next": "who"}],
        },
        {
            "key": "why",
            "kind": "ask",
            "inputs": [
                {"key": "items", "kind": "choices", "options": "order.lines", "label": {"en": "What"}},
                {
                    "key": "reason",
                    "kind": "choice",
                    "label": {"en": "Why"},
                    "choices": [
                        {"value": "broken", "label": {"en": "It is broken"}},
                        {"value": "unwanted", "label": {"en": "I do not want it"}},
                    ],
                },
            ],
            "branches": [
                {
                    "label": "Broken",
                    "when": {"field": "run.reason", "is": "is", "value": "broken"},
                    "steps": [
                        {
                            "key": "what",
                            "kind": "ask",
                            "inputs": [{"key": "damage", "kind": "long", "label": {"en": "What is broken?"}}],
                        }
                    ],
                }
            ],
        },
        {"key": "note", "kind": "act", "actions": [{"do": "tags", "add": ["return"]}]},
        {"key": "told", "kind": "show", "text": {"en": "Send it to us with {{ticket.number}} on the parcel."}},
        {"key": "end", "kind": "end", "outcome": "done", "status": "on_hold"},
    ],
}


def published(definition: dict[str, Any] = RETURN, key: str = "return") -> Workflow:
    """A workflow made and published."""
    version, _what = operations.import_workflow(key=key, definition=definition, actor=SYSTEM, now=NOON)
    return version.workflow


def one_step(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition of these steps and an end."""
    return {"name": "Test", "steps": [*steps, {"key": "end", "kind": "end"}], **more}


def ask(key: str, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An ask step; without inputs it asks for a text of its own name."""
    return {"key": key, "kind": "ask", "inputs": list(inputs or ({"key": f"{key}_text", "kind": "text"},)), **more}


def order_of(customer: Any, number: str = "SC-1042", **more: Any) -> Any:
    """An order of two things, delivered."""
    data = {
        "placed_at": NOON,
        "total": "49.80",
        "currency": "EUR",
        "status": "delivered",
        "lines": [{"name": "Kettle", "price": "39.90"}, {"name": "Tea", "quantity": 2, "price": "4.95"}],
    }
    return commerce.save_order(number=number, customer=customer, actor=SYSTEM, now=NOON, **{**data, **more})


def visitor() -> Actor:
    """Somebody at the portal who has not signed in."""
    return Actor(kind="customer", via="portal")
