"""Tiers, hand-overs, work orders and swarms: getting help without letting go."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.escalation.lines import AUDIT, TIMELINE
from hospes.desk.topics.escalation.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/escalation/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("escalation", _("Escalation, work orders and swarms")),
    settings=(
        Setting("service", "escalation", _("Escalation"), "chevrons-up", "desk:escalation", "escalation.manage"),
        Setting("service", "work_templates", _("Work orders"), "briefcase", "desk:work_templates", "work.manage"),
        Setting("service", "swarms", _("Swarms"), "users-round", "desk:swarms", "work.manage"),
        Setting("service", "articles", _("Articles"), "book-open", "desk:articles", "desk.enter"),
    ),
    rail=(
        Setting("", "work", _("Work orders"), "briefcase", "desk:work", "work.answer"),
        Setting("", "watch", _("Watch list"), "eye", "desk:watch", "ticket.escalate"),
    ),
)
