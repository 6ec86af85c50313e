"""Addresses of the channels room: where providers post to."""

from django.urls import URLPattern, re_path

from hospes.channels.email import webhooks

urlpatterns: list[URLPattern] = [
    # Mailgun sends the whole mail when the address says "mime".
    re_path(
        r"^email/(?P<inbox_id>\d{1,18})/(?P<secret>[\w-]{16,200})/(?P<provider>[a-z_]{2,20})/"
        r"(?P<kind>inbound|inbound_mime|tracking)/$",
        webhooks.receive,
        name="mail_webhook",
    ),
]
