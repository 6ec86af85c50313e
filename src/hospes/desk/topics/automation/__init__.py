"""Rules, their log, webhooks; the editor of conditions."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.automation.lines import AUDIT, TIMELINE
from hospes.desk.topics.automation.shapes import panel_of

TOPIC = Topic(
    panel=Panel("desk/automation/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("automation", _("Rules and webhooks")),
    settings=(
        Setting("service", "rules", _("Rules"), "zap", "desk:rules", "rule.manage"),
        Setting("service", "webhooks", _("Webhooks"), "link", "desk:webhooks", "webhook.manage"),
    ),
)
