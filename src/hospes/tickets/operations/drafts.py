"""Drafts and uploads: what somebody is writing is on the server before it is sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import files, ids
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooLarge
from hospes.core.html import clean_html
from hospes.core.text import storable
from hospes.tickets.models import Attachment, Draft, Ticket
from hospes.tickets.operations.base import owner_of
from hospes.tickets.policies import agent_may_see

DRAFT_RIGHTS = {"reply": "ticket.reply", "note": "ticket.note", "forward": "ticket.forward"}


@transaction.atomic
def save_draft(
    *,
    ticket: Ticket,
    kind: str,
    html: str,
    actor: Actor,
    now: datetime,
    version: int | None = None,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    attachments: Sequence[str] = (),
) -> Draft:
    """Keep what an agent is writing (kind reply, note or forward). With `version`, raises Conflict when another
    window of the same agent saved since; details hold that window's text, so that nothing is lost."""
    if actor.kind != "agent" or actor.id is None:
        raise NotAllowed
    if not agent_may_see(actor, team_id=ticket.team_id, assignee_id=ticket.assignee_id):
        raise NotFound
    if kind not in DRAFT_RIGHTS:
        raise InvalidInput(_("Choose reply, note or forward."), field="kind")
    actor.require(DRAFT_RIGHTS[kind])
    draft, made = Draft.objects.select_for_update(no_key=True).get_or_create(
        ticket=ticket, agent_id=actor.own_id, kind=kind, defaults={"version": 0, "updated_at": now}
    )
    if not made and version is not None and version != draft.version:
        raise Conflict(_("You changed this draft in another window."), version=draft.version, html=draft.html)
    html = clean_html(storable(html))
    if len(html) > 500_000:
        raise TooLarge(_("This text is too long. Attach it as a file instead."), field="html")
    draft.html = html
    draft.to, draft.cc, draft.attachments = _lines(to), _lines(cc), _lines(attachments)
    draft.version += 1
    draft.updated_at = now
    draft.save()
    return draft


def _lines(values: Sequence[str]) -> list[str]:
    return [storable(str(value))[:320] for value in values][:50]


def discard_draft(*, ticket: Ticket, kind: str, actor: Actor) -> None:
    """Throw a draft away."""
    Draft.objects.filter(ticket=ticket, agent_id=actor.own_id, kind=kind).delete()


def upload(*, name: str, content_type: str, content: bytes, actor: Actor, now: datetime) -> Attachment:
    """Keep a file for a message that is being written. Raises TooLarge over HOSPES_MAX_ATTACHMENT_BYTES."""
    if len(content) > settings.MAX_ATTACHMENT_BYTES:
        limit = settings.MAX_ATTACHMENT_BYTES // (1024 * 1024)
        raise TooLarge(_("The file is over %(limit)s MB. Share it by a link instead.") % {"limit": limit}, field="file")
    key = files.store(content)
    return Attachment.objects.create(
        token=ids.token(),
        owner=owner_of(actor),
        name=(storable(name).replace("\\", "/").rpartition("/")[2].strip() or "file")[:255],
        content_type=storable(content_type)[:120] or "application/octet-stream",
        size=len(content),
        file_key=key,
        created_at=now,
    )


def discard_upload(*, token: str, actor: Actor) -> None:
    """Take back a file that was not sent. Raises NotFound for somebody else's."""
    deleted, _tables = Attachment.objects.filter(token=token, owner=owner_of(actor), message=None).delete()
    if not deleted:
        raise NotFound


def forget_old_uploads(*, now: datetime) -> int:
    """Drop files that were uploaded and never sent for two weeks and are in no draft."""
    old = Attachment.objects.filter(message=None, created_at__lt=now - timedelta(days=14))
    kept = {token for tokens in Draft.objects.values_list("attachments", flat=True) for token in tokens}
    deleted, _tables = old.exclude(token__in=kept).delete()
    return deleted
