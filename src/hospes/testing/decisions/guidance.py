"""Decisions on the addresses of the topic guidance."""

from typing import Any, Final

from hospes.testing.rules import Rule

TICKET: Final[dict[str, Any]] = {"thing": "ticket", "args": ("number",)}
RULES: Final[dict[str, Rule]] = {
    "desk/t/<str:number>/answers/": Rule(get="light", **TICKET),
    "desk/t/<str:number>/answers/<int:macro_id>/": Rule(get="light", thing="ticket", args=("number", "macro_id")),
    "desk/t/<str:number>/playbook/": Rule(post="light", **TICKET, body={"kind": "rude", "what": "opened"}),
    "desk/t/<str:number>/signs/<int:signs_id>/dismiss/": Rule(
        post="light", thing="ticket", args=("number", "signs_id")
    ),
    "desk/t/<str:number>/refuse/": Rule(get="agent", post="agent", **TICKET),
    "desk/settings/refusals/": Rule(get="agent"),
    "desk/settings/refusals/<int:refusal_id>/": Rule(
        post="agent", thing="ticket", args=("refusal_id",), body={"step": "withdraw"}
    ),
    "desk/settings/playbooks/": Rule(get="agent"),
    "desk/settings/playbooks/figures/": Rule(get="agent"),
    "desk/settings/playbooks/<slug:kind>/<slug:language>/": Rule(
        get="agent", post="lead", args=("playbook_kind", "playbook_language"), body={"sentences": "Let us see."}
    ),
    "desk/settings/macros/try/": Rule(post="agent", thing="ticket", body={"number": "number", "body_html": "<p>x</p>"}),
    "desk/settings/macros/library/": Rule(post="lead", body={"language": "en"}),
    "api/v1/tickets/<number>/macros": Rule(get="light", **TICKET),
    "api/v1/tickets/<number>/macro": Rule(post="light", **TICKET, body={"macro_id": "macro_id"}),
    "api/v1/tickets/<number>/refusals": Rule(
        post="agent", **TICKET, body={"reason": "threat", "words": "Threatened us again.", "evidence": [1]}
    ),
    "api/v1/playbooks": Rule(get="light"),
    "api/v1/refusals": Rule(get="agent"),
    "api/v1/refusals/<int:refusal_id>/step": Rule(
        post="agent", thing="ticket", args=("refusal_id",), body={"step": "withdraw"}
    ),
}
HEARD: Final[dict[str, str]] = {"playbook": "light"}


def things(made: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A reading of the ticket's message, and a refusal that was asked for."""
    from hospes.guidance import operations
    from hospes.guidance.models import Signs
    from hospes.testing.people import desk_actor

    ticket = made["ticket"]
    signs = Signs.objects.create(ticket=ticket, message_id=made["message_id"], kind="offended", confidence=0.9, at=now)
    refusal = operations.ask_refusal(
        ticket=ticket,
        reason="threat",
        words="Threatened a colleague.",
        evidence=[made["message_id"]],
        actor=desk_actor(agents["agent"]),
        now=now,
    )
    return {
        "signs_id": signs.pk, "refusal_id": refusal.pk, "playbook_kind": "rude", "playbook_language": "en",
    }  # fmt: skip
