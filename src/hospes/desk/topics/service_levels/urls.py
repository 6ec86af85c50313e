"""Addresses of the topic service_levels, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.service_levels import calendars, policies, promises

urlpatterns: list[URLPattern] = [
    path("settings/hours/", calendars.calendars, name="calendars"),
    path("settings/hours/new/", calendars.calendar, name="new_calendar"),
    path("settings/hours/<int:calendar_id>/", calendars.calendar, name="calendar_settings"),
    path("settings/hours/<int:calendar_id>/apply/", calendars.apply, name="apply_calendar"),
    path("settings/service-levels/", policies.policies, name="policies"),
    path("settings/service-levels/new/", policies.policy, name="new_policy"),
    path("settings/service-levels/progress/", policies.progress, name="policy_progress"),
    path("settings/service-levels/<int:policy_id>/", policies.policy, name="policy_settings"),
    path("settings/service-levels/<int:policy_id>/move/", policies.move, name="move_policy"),
    path("settings/service-levels/<int:policy_id>/apply/", policies.apply, name="apply_policy"),
    path("settings/promises/", promises.promises, name="promises"),
]
