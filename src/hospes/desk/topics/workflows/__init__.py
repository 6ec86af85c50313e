"""Guided procedures: editing, running, where people drop out."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.workflows.lines import AUDIT, GROUP, TIMELINE


def _views() -> list[URLPattern]:
    from hospes.desk.topics.workflows.views import editing, listing, running

    return [
        path("t/<str:number>/workflows/", running.start, name="workflow_start"),
        path("runs/<int:run_id>/", running.move, name="workflow_move"),
        path("workflows/", listing.listing, name="workflows"),
        path("workflows/new/", listing.new, name="new_workflow"),
        path("workflows/<int:workflow_id>/", editing.editor, name="workflow"),
        path("workflows/<int:workflow_id>/preview/", editing.preview, name="workflow_preview"),
        path("workflows/<int:workflow_id>/publish/", listing.publish, name="workflow_publish"),
        path("workflows/<int:workflow_id>/text/", listing.text, name="workflow_text"),
        path("workflows/<int:workflow_id>/yaml/", listing.download, name="workflow_yaml"),
        path("workflows/<int:workflow_id>/versions/", listing.versions, name="workflow_versions"),
        path("workflows/<int:workflow_id>/figures/", listing.figures, name="workflow_figures"),
    ]


def _panel(request: Any, ticket: Any) -> dict[str, Any] | None:
    from hospes.desk.topics.workflows import panel

    return panel.context(request, ticket)


TOPIC = Topic(
    views=_views,
    panel=Panel("desk/workflows/panel.html", _panel),
    timeline=TIMELINE,
    audit=AUDIT,
    group=GROUP,
    settings=(Setting("service", "workflows", _("Workflows"), "list-ordered", "desk:workflows", "workflow.run"),),
)
