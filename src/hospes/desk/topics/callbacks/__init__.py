"""Call-backs at the desk: who waits to be called, asking for one on a ticket, and how the phone answers."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Setting, Topic
from hospes.desk.topics.callbacks.lines import AUDIT, TIMELINE
from hospes.desk.topics.callbacks.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/callbacks/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("callbacks", _("Call-backs")),
    settings=(Setting("service", "phones", _("Phone"), "phone", "desk:phones", "inbox.manage"),),
    rail=(Setting("", "callbacks", _("Call-backs"), "phone-incoming", "desk:callbacks", "ticket.see"),),
)
