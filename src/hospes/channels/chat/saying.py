"""What visitors say and send: kept raw under the id that their page gave it, before the page may forget it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from hospes.channels import operations as channels
from hospes.channels.chat import policies, queries
from hospes.channels.chat.visitors import Page, policies_url
from hospes.channels.models import ChatFile, ChatSite, ChatVisitor
from hospes.core import files, ids
from hospes.core.errors import InvalidInput, NotFound, TooLarge
from hospes.core.shown import picture_kind
from hospes.core.text import storable
from hospes.tickets import queries as ticket_queries
from hospes.tickets.models import Inbox

LONGEST_TEXT: Final = 8000


def say(
    *,
    site: ChatSite,
    visitor: ChatVisitor,
    message_id: str,
    text: str,
    file_tokens: Sequence[str],
    page: Page,
    now: datetime,
) -> bool:
    """Keep a visitor's message raw, under the id that their page gave it; False when it is there already.

    Only after this their page may forget it. An offline message with an address goes to an e-mail inbox, so that it
    is answered by mail. Raises InvalidInput.
    """
    text = storable(text).strip()
    if not policies.MESSAGE_ID.match(message_id):
        raise InvalidInput(_("This message cannot be taken."), field="id")
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(_("This message is too long. Send it in parts."), field="text")
    listed = _files_of(visitor, file_tokens)
    if not text and not listed:
        raise InvalidInput(_("Write something first."), field="text")
    if visitor.ended_at is not None:
        ChatVisitor.objects.filter(pk=visitor.pk).update(ended_at=None)
    mail_inbox = mail_inbox_of(site) if _left_while_closed(site, visitor, now) else None
    body = {
        "visitor": visitor.key,
        "inbox": visitor.inbox_id,
        "id": message_id,
        "text": text,
        "files": [{"key": f.file_key, "name": f.name, "type": f.content_type, "size": f.size} for f in listed],
        "name": visitor.name,
        "email": visitor.email,
        "email_verified": visitor.email_verified,
        "phone": visitor.phone,
        "verified": visitor.verified,
        "subject": visitor.subject,
        "language": visitor.language,
        "page": {"url": policies_url(page.url) or visitor.page_url, "title": page.title or visitor.page_title},
        "answers": visitor.answers,
        "by_mail": mail_inbox is not None,
    }
    _raw, new = channels.store_raw(
        inbox=mail_inbox or site.inbox,
        external_id=f"{visitor.key}:{message_id}",
        body=json.dumps(body).encode(),
        envelope={},
        channel="chat",
        now=now,
    )
    return new


def _left_while_closed(site: ChatSite, visitor: ChatVisitor, now: datetime) -> bool:
    """Whether this is the offline form's message: it came while the chat was closed and still is, with an address to
    answer, from somebody without a talk that it would belong to."""
    if not visitor.offline or not visitor.email:
        return False
    return queries.ticket_of(visitor) is None and not queries.door_of(site, now=now).open


def mail_inbox_of(site: ChatSite) -> Inbox | None:
    """The e-mail inbox by which a chat's visitors are answered by mail: the chosen one, its team's, or the first."""
    if site.mail_inbox is not None and site.mail_inbox.archived_at is None:
        return site.mail_inbox
    found = list(ticket_queries.active_inboxes("email"))
    found.sort(key=lambda i: (i.team_id != site.inbox.team_id, i.pk))
    return found[0] if found else None


def _files_of(visitor: ChatVisitor, tokens: Sequence[str]) -> list[ChatFile]:
    if len(tokens) > policies.MOST_FILES:
        raise InvalidInput(_("These are too many files at once."), field="files")
    found = {f.token: f for f in ChatFile.objects.filter(visitor=visitor, token__in=list(tokens))}
    if set(tokens) - found.keys():
        raise NotFound
    return [found[token] for token in dict.fromkeys(tokens)]


def keep_file(*, visitor: ChatVisitor, name: str, content: bytes, now: datetime) -> ChatFile:
    """Keep a visitor's file until they send it. Raises InvalidInput, TooLarge."""
    name = (storable(name).replace("\\", "/").rpartition("/")[2].strip() or "file")[-255:]
    kind = policies.file_type(name)
    if not kind:
        raise InvalidInput(_("Files of this kind cannot be sent here."), field="file", code="wrong-type")
    if len(content) > policies.LARGEST_FILE:
        limit = policies.LARGEST_FILE // (1024 * 1024)
        raise TooLarge(_("The file is over %(limit)s MB. Share it by a link instead.") % {"limit": limit}, field="file")
    if not content:
        raise InvalidInput(_("This file is empty."), field="file")
    if kind in policies.PICTURES:
        kind = picture_kind(content[:16]) or "application/octet-stream"  # what it is, whatever it calls itself
    key = files.store(content)
    return ChatFile.objects.create(
        visitor=visitor, token=ids.token(), name=name, content_type=kind, size=len(content), file_key=key, at=now
    )
