"""Addresses of the topic guidance, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.guidance.views import macros, playbooks, refusals, talk

urlpatterns: list[URLPattern] = [
    path("t/<str:number>/answers/", talk.answers, name="answers"),
    path("t/<str:number>/answers/<int:macro_id>/", talk.answer, name="answer"),
    path("t/<str:number>/playbook/", talk.playbook, name="note_playbook"),
    path("t/<str:number>/signs/<int:signs_id>/dismiss/", talk.dismiss, name="dismiss_signs"),
    path("t/<str:number>/refuse/", refusals.ask, name="refuse"),
    path("settings/refusals/", refusals.listed, name="refusals"),
    path("settings/refusals/<int:refusal_id>/", refusals.step, name="refusal_step"),
    path("settings/playbooks/", playbooks.listed, name="playbooks"),
    path("settings/playbooks/figures/", playbooks.figures, name="playbook_figures"),
    path("settings/playbooks/<slug:kind>/<slug:language>/", playbooks.edit, name="playbook"),
    path("settings/macros/", macros.listed, name="macros"),
    path("settings/macros/new/", macros.edit, name="new_macro"),
    path("settings/macros/try/", macros.attempt, name="try_macro"),
    path("settings/macros/library/", macros.library, name="macro_library"),
    path("settings/macros/<int:macro_id>/", macros.edit, name="macro_settings"),
]
