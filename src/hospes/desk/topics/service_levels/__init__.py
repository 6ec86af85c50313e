"""Calendars, service-level policies, the clocks on a ticket, promises kept."""

from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Topic
from hospes.desk.topics.service_levels.lines import AUDIT, TIMELINE

TOPIC = Topic(timeline=TIMELINE, audit=AUDIT, group=("service-levels", _("Service levels")))
