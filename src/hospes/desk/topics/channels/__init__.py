"""Channels: their settings, by which of them somebody is answered, and who somebody may be besides."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hospes.desk.topics import Panel, Setting, Topic

if TYPE_CHECKING:
    from hospes.desk.access import DeskRequest
    from hospes.tickets.models import Ticket

Data = Mapping[str, Any]


def _panel(request: "DeskRequest", ticket: "Ticket") -> dict[str, Any] | None:
    from hospes.desk.topics.channels.panel import context

    return context(request, ticket)


def _decided(data: Data) -> str:
    from hospes.desk.shapes.times import isolated

    values = {"value": isolated(data.get("value", "")), "why": data.get("why", "")}
    if data.get("joined"):
        words = _("said that %(value)s is the same person: %(why)s") if values["why"] else ""
        return (words or _("said that %(value)s is the same person")) % values
    words = _("said that %(value)s is another person: %(why)s") if values["why"] else ""
    return (words or _("said that %(value)s is another person")) % values


TOPIC = Topic(
    panel=Panel("desk/channels/panel.html", _panel),
    audit={"ClaimDecided": _decided},
    group=("channels", gettext_lazy("Channels")),
    settings=(
        Setting("company", "channels", pgettext_lazy("settings", "Channels"), "plug", "desk:channels", "inbox.manage"),
    ),
)
