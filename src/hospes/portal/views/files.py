"""What others sent, shown to a customer: a mail's HTML in a sandboxed document, attachments under strict headers."""

import html as html_module
import re
from typing import Final

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape

from hospes.core import files
from hospes.core.errors import NotFound
from hospes.core.html import clean_html
from hospes.core.shown import FILE_POLICY, FRAME_POLICY, picture_kind
from hospes.portal.access import SignedRequest, customer_view
from hospes.portal.uploads import SHOWN_BYTES
from hospes.tickets import queries
from hospes.tickets.queries.ticket import attachment_for_customer

_PICTURE: Final = re.compile(r'(<img\b[^>]*?)\s(data-remote-src|data-cid)="([^"]*)"', re.IGNORECASE)


@customer_view()
def body(request: SignedRequest, number: str, message_id: int) -> HttpResponse:
    """A message's HTML, cleaned again, as a document in which nothing runs and nothing loads from elsewhere."""
    ticket = queries.get_for_customer(request.customer, number)
    message = queries.customer_messages(request.customer, ticket).filter(pk=message_id).first()
    if message is None:
        raise NotFound
    own = {a.content_id: a.token for a in message.attachments.all() if a.content_id}

    def put(found: re.Match[str]) -> str:
        token = own.get(html_module.unescape(found[3]).strip("<>")) if found[2].lower() == "data-cid" else None
        return f'{found[1]} src="{reverse("portal:file", args=[token])}"' if token else found[1]

    content = _PICTURE.sub(put, clean_html(message.html))
    page = (
        '<!doctype html><html lang="" dir="auto"><head><meta charset="utf-8"><base target="_blank">'
        f'<meta name="referrer" content="no-referrer"><link rel="stylesheet" href="{static("portal/css/mail.css")}">'
        f"<title>{escape(ticket.subject)}</title></head><body>{content}</body></html>"
    )
    response = HttpResponse(page)
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@customer_view()
def file(request: SignedRequest, token: str) -> HttpResponseBase:
    """An attachment. Pictures that are what they say may be shown; everything else is only ever downloaded."""
    found = attachment_for_customer(request.customer, token)
    try:
        with files.open_stream(found.file_key) as stream:
            kind = picture_kind(stream.read(16))
        content = files.open_stream(found.file_key)
    except FileNotFoundError:
        raise NotFound from None
    shown = kind != "" and found.size <= SHOWN_BYTES and "download" not in request.GET
    response = FileResponse(
        content,
        as_attachment=not shown,
        filename=found.name,
        content_type=kind if shown else "application/octet-stream",
    )
    response["Content-Security-Policy"] = FILE_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
