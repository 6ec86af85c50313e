"""Rules, their log, webhooks."""

from django.urls import URLPattern, path

from hospes.desk.topics import Topic


def _views() -> list[URLPattern]:
    from hospes.desk.topics.automation.views import conditions

    return [
        path("conditions/", conditions.fields, name="conditions"),
        path("conditions/reading/", conditions.reading, name="conditions_reading"),
    ]


TOPIC = Topic(views=_views)
