"""Attachments: uploaded first, then named by their token in a reply, note or new ticket."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from ninja import File, Router, UploadedFile

from hospes.api import outputs, shapes
from hospes.api.door import ApiRequest
from hospes.core import clock, files
from hospes.core.errors import InvalidInput, NotFound
from hospes.tickets import operations, queries

router = Router(tags=["attachments"])


@router.post("/attachments", response={201: outputs.AttachmentOut}, summary="Upload a file")
def upload(request: ApiRequest, file: File[UploadedFile]) -> HttpResponse:
    """As multipart/form-data. Files that are never sent are dropped after two weeks."""
    request.actor.require("ticket.note")
    name = file.name or "file"
    if "\0" in name or len(name) > 255:
        raise InvalidInput(_("Choose a shorter name without odd characters."), field="file")
    kept = operations.upload(
        name=name,
        content_type=(file.content_type or "application/octet-stream").replace("\0", ""),
        content=file.read(),
        actor=request.actor,
        now=clock.now(),
    )
    return shapes.respond(shapes.attachment(kept), status=201)


@router.get("/attachments/{token}", response=outputs.AttachmentOut, summary="Get a file's facts")
def get_attachment(request: ApiRequest, token: str) -> HttpResponse:
    """A file on a ticket that the token's owner may see, or their own upload."""
    return shapes.respond(shapes.attachment(queries.attachment_for_agent(request.actor, token)))


@router.get("/attachments/{token}/content", summary="Download a file", include_in_schema=True)
def get_content(request: ApiRequest, token: str) -> HttpResponseBase:
    """The bytes, always as a download: what a stranger sent must never run in a browser."""
    found = queries.attachment_for_agent(request.actor, token)
    try:
        stream = files.open_stream(found.file_key)
    except FileNotFoundError:
        raise NotFound(_("The file is gone from the file store.")) from None
    response = FileResponse(stream, as_attachment=True, filename=found.name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
