"""Addresses of the topic, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.automation.views import conditions, hooks, library, rules, trying

urlpatterns: list[URLPattern] = [
    path("conditions/", conditions.fields, name="conditions"),
    path("conditions/reading/", conditions.reading, name="conditions_reading"),
    path("settings/rules/", rules.rules, name="rules"),
    path("settings/rules/new/", rules.rule, name="new_rule"),
    path("settings/rules/steps/", rules.actions_table, name="rule_steps"),
    path("settings/rules/reading/", rules.rule_reading, name="rule_reading"),
    path("settings/rules/confirm/", trying.confirm, name="confirm_rule"),
    path("settings/rules/library/", library.library, name="rule_library"),
    path("settings/rules/export/", library.export, name="export_rules"),
    path("settings/rules/import/", library.take_in, name="import_rules"),
    path("settings/rules/<int:rule_id>/", rules.rule, name="rule"),
    path("settings/rules/<int:rule_id>/try/", trying.try_saved, name="try_rule"),
    path("settings/rules/<int:rule_id>/versions/", rules.versions, name="rule_versions"),
    path("settings/rules/<int:rule_id>/runs/", rules.runs, name="rule_runs"),
    path("settings/rules/<int:rule_id>/export/", library.export, name="export_rule"),
    path("settings/webhooks/", hooks.webhooks, name="webhooks"),
    path("settings/webhooks/new/", hooks.webhook, name="new_webhook"),
    path("settings/webhooks/<int:webhook_id>/", hooks.webhook, name="webhook"),
]
