"""Content from strangers: a mail's HTML in its own sandboxed document, its pictures, files and raw original."""

import html as html_module
import re
from io import BytesIO
from typing import Final
from urllib.parse import quote

from django.core import signing
from django.core.cache import cache
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.safestring import mark_safe
from PIL import Image, ImageOps

from hospes.channels import queries as channels
from hospes.core import files
from hospes.core.errors import NotFound
from hospes.core.html import clean_html
from hospes.core.shown import FILE_POLICY, FRAME_POLICY, picture_kind
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.thread import SAFE_IMAGES, quote_starts
from hospes.tickets import queries as tickets
from hospes.tickets.models import Attachment
from hospes.tickets.queries import screen
from hospes.tickets.queries.ticket import get_message

_PICTURE: Final = re.compile(r'(<img\b[^>]*?)\s(data-remote-src|data-cid)="([^"]*)"', re.IGNORECASE)
_SALT: Final = "desk.picture"
THUMBNAIL: Final = 160
MAX_PIXELS: Final = 60_000_000


@desk_view("ticket.see")
def body(request: DeskRequest, message_id: int) -> HttpResponse:
    """A message's HTML as a document of its own, cleaned again, with remote pictures only when asked for."""
    message = get_message(request.actor, message_id)
    with_images = request.GET.get("images") == "1"
    content = _with_pictures(clean_html(message.html), message.pk, screen.inline_files(message), remote=with_images)
    cut = quote_starts(content) if message.quoted else None
    if cut:
        content = f'{content[:cut]}<details class="quoted"><summary>⋯</summary>{content[cut:]}</details>'
    response = render(request, "desk/mail_body.html", {"subject": message.subject, "content": mark_safe(content)})
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, max-age=600"
    return response


def _with_pictures(content: str, message_id: int, inline: dict[str, str], *, remote: bool) -> str:
    """Pictures of the mail itself come from its attachments, remote ones through our own proxy or not at all."""

    def put(found: re.Match[str]) -> str:
        before, kind, value = found[1], found[2].lower(), html_module.unescape(found[3])
        if kind == "data-cid":
            token = inline.get(value) or inline.get(value.strip("<>"))
            return f'{before} src="{reverse("desk:attachment", args=[token])}"' if token else before
        if not remote:
            return before
        signed = signing.dumps([message_id, value], salt=_SALT, compress=True)
        return f'{before} src="{reverse("desk:picture", args=[message_id])}?u={quote(signed)}"'

    return _PICTURE.sub(put, content)


@desk_view("ticket.see")
def picture(request: DeskRequest, message_id: int) -> HttpResponse:
    """A remote picture of a mail, fetched by us, so that its owner learns nothing of the agent."""
    message = get_message(request.actor, message_id)
    try:
        owner, address = signing.loads(request.GET.get("u", ""), salt=_SALT, max_age=86400)
    except (signing.BadSignature, ValueError):
        raise NotFound from None
    if owner != message.pk:
        raise NotFound
    key = f"picture:{hash(address)}:{len(address)}"
    kept = cache.get(key)
    if kept is None or kept[0] != address:
        kept = (address, *_fetch("https:" + address if address.startswith("//") else address))
        if len(kept[2]) < 100_000:  # the cache is memory
            cache.set(key, kept, 3600)
    _address, content_type, content = kept
    if content_type not in SAFE_IMAGES:
        raise NotFound
    response = HttpResponse(content, content_type=content_type)
    response["Content-Security-Policy"] = FILE_POLICY
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _fetch(address: str) -> tuple[str, bytes]:
    """(kind by content, bytes) of a remote picture through the guard of core.http; ("", b"") when it is none."""
    from hospes.core import http

    try:
        content, kind = http.fetch_image(address)
    except http.OutgoingError:
        return "", b""
    return kind, content


def _first_bytes(attachment: Attachment) -> bytes:
    with files.open_stream(attachment.file_key) as stream:
        return stream.read(16)


@desk_view("ticket.see")
def attachment(request: DeskRequest, token: str) -> HttpResponseBase:
    """A file. Pictures that are what they say are shown; everything else is only ever downloaded."""
    found = tickets.attachment_for_agent(request.actor, token)
    try:
        kind = picture_kind(_first_bytes(found))
    except FileNotFoundError:
        raise NotFound from None
    shown = kind != "" and "download" not in request.GET
    response = StreamingHttpResponse(files.chunks(found.file_key), content_type=kind or "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(not shown, found.name) or "attachment"
    response["Content-Security-Policy"] = FILE_POLICY
    response["Cache-Control"] = "private, max-age=3600"
    return response


@desk_view("ticket.see")
def thumbnail(request: DeskRequest, token: str) -> HttpResponse:
    """A small JPEG of a picture; huge or broken ones are not opened."""
    found = tickets.attachment_for_agent(request.actor, token)
    key = f"thumbnail:{found.file_key}"
    small = cache.get(key)
    if small is None:
        small = _small(found)
        cache.set(key, small, 86400)
    if not small:
        raise NotFound
    response = HttpResponse(small, content_type="image/jpeg")
    response["Content-Security-Policy"] = FILE_POLICY
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _small(found: Attachment) -> bytes:
    try:
        content = files.load(found.file_key)
        if not picture_kind(content):
            return b""
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                return b""
            image.draft("RGB", (THUMBNAIL * 2, THUMBNAIL * 2))
            fitted = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), (THUMBNAIL, THUMBNAIL))
            out = BytesIO()
            fitted.save(out, "JPEG", quality=80)
            return out.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return b""


@desk_view("ticket.see")
def raw(request: DeskRequest, message_id: int) -> HttpResponseBase:
    """The original of a mail, byte for byte, as a download."""
    found = channels.raw_of_message(request.actor, message_id)
    response = StreamingHttpResponse([channels.raw_bytes(found)], content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="original-{message_id}.eml"'
    response["Content-Security-Policy"] = FILE_POLICY
    return response
