"""Calls at the desk: the part beside the talk, the ringing screen, the call's window, recordings and transcripts."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Panel, Topic
from hospes.desk.topics.calls.lines import AUDIT, TIMELINE
from hospes.desk.topics.calls.panel import panel_of

TOPIC = Topic(
    panel=Panel("desk/calls/panel.html", panel_of),
    timeline=TIMELINE,
    audit=AUDIT,
    group=("calls", _("Calls and call-backs")),
)
