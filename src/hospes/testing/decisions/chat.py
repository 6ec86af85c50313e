"""Decisions on the addresses of the topic chat."""

from typing import Any, Final

from hospes.testing.rules import Rule

HEARD: Final[dict[str, str]] = {}

# Visitors' addresses open for a page of an allowed origin and, but for boot/ and start/, for the bearer of a token
# alone: whoever is signed in here gets nothing by it (row 22, and test_door.py).
_ALL: Final = (
    "anonymous", "customer_a", "customer_b", "light", "other_team", "agent", "lead", "manager", "admin",
)  # fmt: skip
_NO_ORIGIN: Final = Rule(post="nobody", args=("chat_inbox_id",), but={("POST", who): "refused" for who in _ALL})
_NO_TOKEN: Final = {("GET", who): "door" for who in _ALL}

RULES: Final[dict[str, Rule]] = {
    "channels/chat/chat.js": Rule(get="anyone"),
    "channels/chat/<int:inbox_id>/boot/": Rule(get="anyone", args=("chat_inbox_id",)),
    "channels/chat/<int:inbox_id>/talk/": Rule(get="nobody", args=("chat_inbox_id",), but=_NO_TOKEN),
    "channels/chat/<int:inbox_id>/file/<str:token>/": Rule(
        get="nobody", args=("chat_inbox_id", "bad_token"), but=_NO_TOKEN
    ),
    **{
        f"channels/chat/<int:inbox_id>/{name}/": _NO_ORIGIN
        for name in ("start", "message", "upload", "read", "rate", "transcript", "end", "invited")
    },
    "desk/settings/chat/": Rule(get="admin"),
    "desk/settings/chat/new/": Rule(get="admin", post="admin"),
    "desk/settings/chat/<int:inbox_id>/": Rule(get="admin", post="admin", args=("chat_inbox_id",)),
    "desk/settings/chat/<int:inbox_id>/secret/": Rule(post="admin", args=("chat_inbox_id",)),
    "desk/settings/chat/<int:inbox_id>/invitations/new/": Rule(get="admin", post="admin", args=("chat_inbox_id",)),
    "desk/settings/chat/<int:inbox_id>/invitations/<int:invitation_id>/": Rule(
        get="admin", post="admin", args=("chat_inbox_id", "chat_invitation_id")
    ),
}


def things(known: dict[str, Any], agents: dict[str, Any], now: Any) -> dict[str, Any]:
    """A chat with an invitation."""
    from hospes.channels.chat import sites
    from hospes.staff.queries import actor_of

    admin = actor_of(agents["admin"], via="desk")
    site = sites.create_chat(
        name="Shop chat", language="en", team=None, origins=["https://shop.example"], actor=admin, now=now
    )
    invitation = sites.save_invitation(
        inbox=site.inbox, name="Cart", texts={"en": "May we help?"}, pages=["*/cart*"], actor=admin, now=now
    )
    return {"chat_inbox_id": site.pk, "chat_invitation_id": invitation.pk}
