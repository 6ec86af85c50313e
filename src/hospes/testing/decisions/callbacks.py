"""Decisions on the addresses of call-backs, phone settings and the voice channel's door."""

from typing import Any, Final

from hospes.calls.operations.callbacks import request_callback
from hospes.core.actors import SYSTEM
from hospes.testing.rules import Rule
from hospes.tickets.models import Inbox, Ticket

HOOK: Final[tuple[str, ...]] = ("voice_inbox", "voice_none", "voice_none", "voice_hook")
REFUSED: Final = dict.fromkeys(
    ("anonymous", "customer_a", "customer_b", "light", "other_team", "agent", "lead", "manager", "admin"), "refused"
)
RULES: Final[dict[str, Rule]] = {
    "desk/callbacks/": Rule(get="light"),
    "desk/callbacks/<int:callback_id>/": Rule(
        post="agent", thing="ticket", args=("callback",), body={"do": "move", "when": "2030-01-01T10:00"}
    ),
    "desk/t/<str:number>/callback/": Rule(post="agent", thing="ticket", args=("number",), body={"number": "1"}),
    "desk/settings/phones/": Rule(get="admin"),
    "desk/settings/phones/<int:inbox_id>/": Rule(get="admin", post="admin", args=("voice_inbox",)),
    "desk/settings/phones/<int:inbox_id>/sounds/": Rule(post="admin", args=("voice_inbox",)),
    "portal/call-back/": Rule(get="anyone", post="anyone"),
    "portal/call-back/kept/": Rule(get="anyone", post="anyone"),
    "channels/voice/music.wav": Rule(get="anyone"),
    # Nobody here signs as the provider does.
    "channels/voice/<int:inbox_id>/": Rule(post="anyone", args=("voice_inbox",), but=REFUSED),
    "channels/voice/<int:inbox_id>/<int:call_id>/<int:step>/<slug:hook>/": Rule(
        post="anyone", args=HOOK, but=REFUSED
    ),
    "channels/voice/<int:inbox_id>/part/<int:part_id>/<int:step>/<slug:hook>/": Rule(
        post="anyone", args=("voice_inbox", "voice_none", "voice_none", "part_hook"), but=REFUSED
    ),
    "channels/voice/<int:inbox_id>/sound/<slug:token>/": Rule(get="nobody", args=("voice_inbox", "voice_hook")),
}  # fmt: skip
HEARD: Final[dict[str, str]] = {}


def things(world: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A number, and a call-back on the ticket of the world."""
    inbox = Inbox.objects.create(name="Phone", kind="voice", address="+37167000099", created_at=now)
    ticket = Ticket.objects.get(number=world["number"])
    made = request_callback(
        number="+37120000009", source="agent", actor=SYSTEM, now=now, customer=ticket.customer, ticket=ticket,
        inbox=inbox,
    )  # fmt: skip
    return {
        "voice_inbox": inbox.pk, "voice_none": 1, "voice_hook": "wait", "part_hook": "key", "callback": made.pk,
    }  # fmt: skip
