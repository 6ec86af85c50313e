"""Who is here and who can be reached: presence, skills, shifts, absences, on call."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.staffing.lines import AUDIT, TIMELINE
from hospes.desk.topics.staffing.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/staffing/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("staffing", _("Presence and plans")),
    settings=(
        Setting("yours", "absences", _("Out of office"), "calendar", "desk:absences", "presence.own"),
        Setting("service", "skills", _("Skills and languages"), "award", "desk:skills", "staffing.team"),
        Setting("service", "capacity", _("Capacity"), "layers", "desk:capacity", "staffing.team"),
        Setting("service", "shifts", _("Shifts"), "clock", "desk:shifts", "presence.own"),
        Setting("service", "on_call", _("On call"), "phone", "desk:on_call", "presence.own"),
        # Translators: lines of business, and the three tiers of teams
        Setting("service", "lines", _("Lines and tiers"), "git-branch", "desk:lines", "staff.manage"),
    ),
    rail=(Setting("", "staffing", _("Who is here"), "users-round", "desk:staffing", "presence.own"),),
)
