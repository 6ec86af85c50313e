"""Addresses of the channels room: where providers post to, and where they fetch files from."""

from importlib import import_module

from django.urls import URLPattern, path, re_path

from hospes.channels import door, files_out
from hospes.channels.email import webhooks
from hospes.channels.registry import ADDRESSES

urlpatterns: list[URLPattern] = [
    # Mailgun sends the whole mail when the address says "mime".
    re_path(
        r"^email/(?P<inbox_id>\d{1,18})/(?P<secret>[\w-]{16,200})/(?P<provider>[a-z_]{2,20})/"
        r"(?P<kind>inbound|inbound_mime|tracking)/$",
        webhooks.receive,
        name="mail_webhook",
    ),
    path("file/<str:token>/<str:name>", files_out.file, name="channel_file"),
]
# A channel's own addresses come first: calls have a door of their own at the very same place.
for module in ADDRESSES:
    urlpatterns += import_module(module).urlpatterns
urlpatterns += [
    re_path(r"^(?P<kind>[a-z_]{1,20})/(?P<inbox_id>\d{1,18})/$", door.receive, name="channel_webhook"),
]
