"""Guided procedures: editing, running, where people drop out."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.workflows.lines import AUDIT, GROUP, TIMELINE


def _panel(request: Any, ticket: Any) -> dict[str, Any] | None:
    from hospes.desk.topics.workflows import panel

    return panel.context(request, ticket)


TOPIC = Topic(
    panel=Panel("desk/workflows/panel.html", _panel),
    timeline=TIMELINE,
    audit=AUDIT,
    group=GROUP,
    settings=(Setting("service", "workflows", _("Workflows"), "list-ordered", "desk:workflows", "workflow.run"),),
)
