"""Addresses of the topic staffing, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.staffing.views import absences, lines, presence, roster, shifts, skills

urlpatterns: list[URLPattern] = [
    path("presence/", presence.presence, name="presence"),
    path("staffing/", presence.board, name="staffing"),
    path("t/<str:number>/reach/", presence.reach, name="reach"),
    path("t/<str:number>/call/", presence.call, name="call"),
    path("settings/skills/", skills.skills, name="skills"),
    path("settings/skills/levels/", skills.levels, name="skill_levels"),
    path("settings/capacity/", skills.capacity, name="capacity"),
    path("settings/shifts/", shifts.shifts, name="shifts"),
    path("settings/shifts/<int:shift_id>/", shifts.shift, name="shift"),
    path("settings/absences/", absences.absences, name="absences"),
    path("settings/absences/<int:absence_id>/", absences.absence, name="absence"),
    path("settings/on-call/", roster.on_call, name="on_call"),
    path("settings/on-call/<int:duty_id>/", roster.duty, name="duty"),
    path("settings/lines/", lines.lines, name="lines"),
]
