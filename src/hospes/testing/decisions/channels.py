"""Decisions on the addresses of the topic channels."""

from typing import Any, Final

from hospes.testing.decisions.callbacks import REFUSED
from hospes.testing.rules import Rule

TICKET: Final[dict[str, Any]] = {"thing": "ticket", "args": ("number",)}
MAKE: Final = {"name": "Bot", "address": "@bot", "language": "en", "promise_hours": "4", "set_token": "wrong"}
RULES: Final[dict[str, Rule]] = {
    # Nobody here signs as the provider does (this one asks nothing by GET), and the token of the file is wrong.
    "channels/^(?P<kind>[a-z_]{1,20})/(?P<inbox_id>\\d{1,18})/$": Rule(
        post="anyone", args=("channel_kind", "channel_inbox"), but=dict.fromkeys(REFUSED, "door")
    ),
    "channels/file/<str:token>/<str:name>": Rule(get="nobody", args=("bad_token", "file_name")),
    "desk/t/<str:number>/ways/": Rule(get="agent", **TICKET),
    "desk/t/<str:number>/templates/<int:inbox_id>/": Rule(get="agent", thing="ticket", args=("number", "inbox_id")),
    "desk/customers/<int:customer_id>/preferred/": Rule(post="agent", args=("customer_id",), body={"channel": "email"}),
    "desk/claims/<int:claim_id>/": Rule(post="lead", args=("claim_id",), body={"decide": "dismiss"}),
    "desk/settings/channels/": Rule(get="admin"),
    "desk/settings/channels/new/": Rule(get="admin"),
    "desk/settings/channels/new/<slug:kind>/": Rule(get="admin", post="admin", args=("channel_kind",), body=MAKE),
    "desk/settings/channels/<int:inbox_id>/": Rule(
        get="admin", post="admin", args=("channel_inbox",), body={"name": "Bot", "language": "en"}
    ),
    "desk/settings/channels/<int:inbox_id>/check/": Rule(post="admin", args=("channel_inbox",)),
    "desk/settings/channels/<int:inbox_id>/test/": Rule(post="admin", args=("channel_inbox",), body={"to": "+1"}),
    "api/v1/tickets/<number>/ways": Rule(get="agent", **TICKET),
    "api/v1/inboxes/<int:inbox_id>/templates": Rule(get="light", args=("inbox_id",)),
    "api/v1/customers/<int:customer_id>/claims": Rule(get="light", args=("customer_id",)),
    "api/v1/claims/<int:claim_id>/accept": Rule(post="lead", args=("claim_id",), body={"why": "They told me."}),
    "api/v1/claims/<int:claim_id>/dismiss": Rule(post="lead", args=("claim_id",), body={"why": "They told me."}),
}
HEARD: Final[dict[str, str]] = {}


def things(made: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A claim to decide on, and an inbox of a channel that has nothing to ask its provider."""
    from hospes.customers.models import IdentityClaim
    from hospes.tickets.models import Inbox

    claim = IdentityClaim.objects.create(
        customer_id=made["customer_id"], kind="phone", key="+37120000077", value="+371 2000 0077", source="chat",
        created_at=now,
    )  # fmt: skip
    inbox = Inbox.objects.create(name="Bot", kind="telegram", address="@matrix", created_at=now)
    return {"file_name": "kettle.pdf", "claim_id": claim.pk, "channel_kind": "telegram", "channel_inbox": inbox.pk}
