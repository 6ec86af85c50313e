"""Calendars, service-level policies, the clocks on a ticket, promises kept."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.service_levels.lines import AUDIT, TIMELINE
from hospes.desk.topics.service_levels.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/service_levels/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("service-levels", _("Service levels")),
    settings=(
        Setting("service", "policies", _("Service levels"), "hourglass", "desk:policies", "sla.manage"),
        Setting("service", "calendars", _("Service hours"), "calendar", "desk:calendars", "sla.manage"),
        Setting("care", "promises", _("Promises kept"), "badge-check", "desk:promises", "sla.report"),
    ),
)
