"""Files that a provider fetches from us to send them on: an address for a day, unguessable, for one attachment."""

from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from hospes.core import files
from hospes.core.shown import FILE_POLICY
from hospes.tickets.models import Attachment

SALT = "channels.file"
LIFE_SECONDS = 86_400


def url_of(attachment: Attachment) -> str:
    """A public address of one attachment, good for a day."""
    token = signing.dumps(attachment.pk, salt=SALT, compress=False)
    name = quote(attachment.name.replace("/", "_"), safe="") or "file"
    return settings.PUBLIC_URL + reverse("channel_file", kwargs={"token": token, "name": name})


@require_safe
def file(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """The file, as a download: whoever shows it is not us."""
    try:
        pk = signing.loads(token, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return HttpResponse(status=404)
    found = Attachment.objects.filter(pk=pk, message__isnull=False).first()
    if found is None:
        return HttpResponse(status=404)
    return HttpResponse(
        files.load(found.file_key),
        content_type=found.content_type or "application/octet-stream",
        headers={"Content-Disposition": "attachment", "Content-Security-Policy": FILE_POLICY},
    )
