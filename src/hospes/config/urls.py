"""The composition of all addresses."""

from django.urls import include, path
from django.views.generic import RedirectView

from hospes.config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("desk/", include("hospes.desk.urls")),
    path("account/", include("hospes.config.account_urls")),
    path("api/v1/", include("hospes.api.urls")),
    path("channels/", include("hospes.channels.urls")),
    path("portal/", include("hospes.portal.urls")),
    path("", RedirectView.as_view(url="/desk/", permanent=False), name="home"),
]
