"""Rules, their log, webhooks."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from hospes.desk.topics import Topic
from hospes.desk.topics.automation.lines import AUDIT, TIMELINE


def _views() -> list[URLPattern]:
    from hospes.desk.topics.automation.views import conditions

    return [
        path("conditions/", conditions.fields, name="conditions"),
        path("conditions/reading/", conditions.reading, name="conditions_reading"),
    ]


TOPIC = Topic(views=_views, timeline=TIMELINE, audit=AUDIT, group=("automation", _("Rules and webhooks")))
