"""Addresses of the topic contact points, below desk/."""

from django.urls import URLPattern, path

from hospes.desk.topics.contact_points import views

urlpatterns: list[URLPattern] = [
    path("settings/contact-points/", views.listing, name="contact_points"),
    path("settings/contact-points/new/", views.one, name="new_public_way"),
    path("settings/contact-points/<slug:key>/", views.one, name="public_way"),
]
