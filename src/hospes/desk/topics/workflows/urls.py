"""Addresses of the topic workflows, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.workflows.views import editing, listing, running

urlpatterns: list[URLPattern] = [
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
