"""Addresses of the topic channels, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.channels.views import inboxes, people, talk

urlpatterns: list[URLPattern] = [
    path("t/<str:number>/ways/", talk.ways, name="ways"),
    path("t/<str:number>/templates/<int:inbox_id>/", talk.templates, name="ready_templates"),
    path("customers/<int:customer_id>/preferred/", people.preferred, name="preferred_channel"),
    path("claims/<int:claim_id>/", people.claim, name="claim"),
    path("settings/channels/", inboxes.listed, name="channels"),
    path("settings/channels/new/", inboxes.choose, name="new_channel"),
    path("settings/channels/new/<slug:kind>/", inboxes.make, name="make_channel"),
    path("settings/channels/<int:inbox_id>/", inboxes.edit, name="channel"),
    path("settings/channels/<int:inbox_id>/check/", inboxes.check, name="check_channel"),
    path("settings/channels/<int:inbox_id>/test/", inboxes.test, name="test_channel"),
]
