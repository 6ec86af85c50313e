"""Addresses of the topic callbacks, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.callbacks.views import listing, phones

urlpatterns: list[URLPattern] = [
    path("callbacks/", listing.callbacks, name="callbacks"),
    path("callbacks/<int:callback_id>/", listing.change, name="callback"),
    path("t/<str:number>/callback/", listing.of_ticket, name="ticket_callback"),
    path("settings/phones/", phones.phones, name="phones"),
    path("settings/phones/<int:inbox_id>/", phones.phone, name="phone"),
    path("settings/phones/<int:inbox_id>/sounds/", phones.sounds, name="phone_sounds"),
]
