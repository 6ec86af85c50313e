"""The composition of all addresses."""

from django.urls import include, path, re_path

from hospes.api import hooks
from hospes.api.door import unknown
from hospes.config import health, home, setup

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("setup/", setup.setup, name="setup"),
    path("desk/", include("hospes.desk.urls")),
    path("account/", include("hospes.config.account_urls")),
    path("api/v1/", include("hospes.api.urls")),
    re_path(r"^api/", unknown, name="unknown_api"),
    path("hooks/in/<str:key>/", hooks.call, name="hook_in"),
    path("channels/", include("hospes.channels.urls")),
    path("portal/", include("hospes.portal.urls")),
    path("contact", home.contact, name="contact"),
    path("contact/", home.contact),
    path("", home.home, name="home"),
]
