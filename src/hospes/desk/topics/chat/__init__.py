"""Live chat at the desk: the visitor beside the talk, the set-up of chats, what happened in them in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.chat.lines import AUDIT, TIMELINE


def _panel(request: Any, ticket: Any) -> dict[str, Any] | None:
    from hospes.desk.topics.chat.panel import context

    return context(request, ticket)


TOPIC = Topic(
    panel=Panel("desk/chat/panel.html", _panel),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("chat", _("Live chat")),
    settings=(Setting("company", "chats", _("Live chat"), "message-circle", "desk:chats", "inbox.manage"),),
)
