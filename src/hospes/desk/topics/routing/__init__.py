"""How tickets find their owner: queues, strategies, the reason of each assignment."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.routing.lines import AUDIT, TIMELINE
from hospes.desk.topics.routing.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/routing/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("routing", _("Queues and routing")),
    settings=(Setting("service", "queues", _("Queues"), "list-ordered", "desk:queues", "queue.manage"),),
    rail=(Setting("", "queue_board", _("Queues"), "list-ordered", "desk:queue_board", "ticket.see"),),
)
