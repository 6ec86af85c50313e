"""Files that customers send: how many, how large, and as what they are shown to customers again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, TooLarge
from hospes.core.posted import posted_number
from hospes.tickets import operations
from hospes.tickets.models import Attachment

if TYPE_CHECKING:
    Uploaded = UploadedFile[Any]
else:
    Uploaded = UploadedFile

MOST_FILES: Final = 10
FORM_OVERHEAD: Final = 1024 * 1024
MOST_BYTES: Final = 75 * 1024 * 1024  # a request of more than 80 MB is not read at all (config/asgi.py)
SHOWN_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
SHOWN_BYTES: Final = 10 * 1024 * 1024


def check_announced(request: HttpRequest) -> None:
    """Raise TooLarge for a form that says that it is larger than any that is taken, before it is read."""
    length = posted_number(request.META.get("CONTENT_LENGTH") or "0")
    if request.method == "POST" and (length is None or length > MOST_BYTES + FORM_OVERHEAD):
        raise _over_all()


def check(files: Sequence[Uploaded]) -> None:
    """Raise InvalidInput or TooLarge for what will not be taken, before anything is kept."""
    if len(files) > MOST_FILES:
        raise InvalidInput(
            ngettext("At most %(count)s file at once.", "At most %(count)s files at once.", MOST_FILES)
            % {"count": MOST_FILES},
            field="attachments",
        )
    limit = settings.MAX_ATTACHMENT_BYTES
    for file in files:
        if (file.size or 0) > limit:
            raise TooLarge(
                _("“%(name)s” is over %(limit)s MB. Share it by a link instead.")
                % {"name": file.name, "limit": limit // (1024 * 1024)},
                field="attachments",
            )
    if sum(file.size or 0 for file in files) > MOST_BYTES:
        raise _over_all()


def _over_all() -> TooLarge:
    return TooLarge(
        _("The files are over %(limit)s MB together. Send them in two messages.")
        % {"limit": MOST_BYTES // (1024 * 1024)},
        field="attachments",
    )


def keep(files: Sequence[Uploaded], *, actor: Actor, now: datetime) -> list[str]:
    """Keep checked files for a message that is about to be written; their tokens."""
    return [
        operations.upload(
            name=file.name or "", content_type=file.content_type or "", content=file.read(), actor=actor, now=now
        ).token
        for file in files
    ]


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as a chip."""

    token: str
    name: str
    size: int
    picture: bool


def file_of(attachment: Attachment) -> File:
    """What a page prints of an attachment; a picture only where its claim allows it (its bytes decide later)."""
    picture = attachment.content_type in SHOWN_PICTURES and attachment.size <= SHOWN_BYTES
    return File(attachment.token, attachment.name, attachment.size, picture)
