"""What visitors do: come, come back, say something, read, leave, rate, have the talk sent to them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.channels import operations as channels
from hospes.channels.chat import events, policies, queries
from hospes.channels.models import (
    ChatFile,
    ChatInvitation,
    ChatRating,
    ChatSite,
    ChatTranscript,
    ChatVisitor,
)
from hospes.core import files, ids
from hospes.core.actors import Actor
from hospes.core.errors import InvalidInput, NotFound, TooLarge
from hospes.core.events import emit
from hospes.core.shown import picture_kind
from hospes.core.text import storable
from hospes.customers.policies import email_key
from hospes.tickets import operations as tickets
from hospes.tickets import queries as ticket_queries
from hospes.tickets.models import Inbox, Message
from hospes.tickets.operations.base import ids_after

LONGEST_TEXT: Final = 8000
LONGEST_TRAIL: Final = 20
FORGET_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Where a visitor is."""

    url: str = ""
    title: str = ""
    referrer: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a visitor's page says when a talk begins. `fields` are the form's, `signed` what the site vouches for."""

    language: str = "en"
    fields: Mapping[str, str] = field(default_factory=dict)
    page: Page = field(default_factory=Page)
    signed: policies.Signed | None = None
    invitation_id: int = 0
    browser: str = ""
    offline: bool = False


def actor_of(visitor: ChatVisitor) -> Actor:
    """A visitor as somebody who does something."""
    return Actor(kind="customer", name=visitor.name or _("Visitor"), via="chat")


@transaction.atomic
def come(*, site: ChatSite, known: ChatVisitor | None, coming: Coming, now: datetime) -> tuple[ChatVisitor, str]:
    """Somebody begins a talk, or goes on with theirs: (the visitor, a new token, "" when the known one is still good).

    Who is signed in as another than before, or no longer signed in, is another visitor. Raises InvalidInput.
    """
    signed = coming.signed
    subject = signed.subject if signed else ""
    if known is not None and not policies.same_person(known=known.subject, signed=subject):
        known = None
    token = ""
    if known is not None:
        visitor = ChatVisitor.objects.select_for_update().get(pk=known.pk)
    else:
        token = ids.token()
        visitor = ChatVisitor(
            inbox_id=site.inbox.pk, key=ids.token(16), token_hash=ids.token_hash(token), created_at=now
        )
    visitor.token_until = now + policies.TOKEN_LIFE
    visitor.seen_at = now
    visitor.language = coming.language
    visitor.offline = coming.offline
    visitor.browser = storable(coming.browser)[:300]
    _introduce(visitor, coming)
    _walk(visitor, coming.page, now)
    if coming.page.referrer and not visitor.referrer:
        visitor.referrer = policies_url(coming.page.referrer)
    if coming.invitation_id:
        found = ChatInvitation.objects.filter(pk=coming.invitation_id, inbox_id=site.inbox.pk).first()
        if found is not None and visitor.invitation_id != found.pk:
            count_invitation(inbox_id=site.inbox.pk, invitation_id=found.pk, accepted=True)
            visitor.invitation = found
    visitor.save()
    return visitor, token


def _introduce(visitor: ChatVisitor, coming: Coming) -> None:
    """What they say of themselves, and what their site says of them, which wins."""
    said = {str(k)[:60]: " ".join(storable(str(v)).split())[:500] for k, v in list(coming.fields.items())[:20]}
    signed = coming.signed
    if email := said.pop("email", ""):
        try:
            validate_email(email)
        except ValidationError:
            raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    name, phone = said.pop("name", ""), said.pop("phone", "")
    if signed is not None:
        visitor.subject, visitor.verified = storable(signed.subject), True
        name, phone = storable(signed.name) or name, storable(signed.phone) or phone
        email = storable(signed.email) or email
    if email:
        visitor.email = email[:320]
        visitor.email_verified = bool(signed and signed.email and signed.email_verified)
    visitor.name = name[:200] or visitor.name
    visitor.phone = phone[:40] or visitor.phone
    visitor.answers = {**visitor.answers, **said}


def policies_url(text: str) -> str:
    """An address of a page as it is kept: only the web's, nothing that a click could run."""
    text = storable(text).strip()[:2000]
    return text if text.startswith(("https://", "http://")) else ""


def _walk(visitor: ChatVisitor, page: Page, now: datetime) -> bool:
    """Note where they are now; False when they were there already."""
    url, title = policies_url(page.url), " ".join(storable(page.title).split())[:300]
    if not url or (url, title) == (visitor.page_url, visitor.page_title):
        return False
    if url != visitor.page_url:
        step = {"url": url[:500], "title": title[:200], "at": now.isoformat()}
        visitor.trail = [*visitor.trail, step][-LONGEST_TRAIL:]
    visitor.page_url, visitor.page_title = url, title
    return True


@transaction.atomic
def walk(*, visitor: ChatVisitor, page: Page, now: datetime) -> bool:
    """They went to another page; False when not."""
    fresh = ChatVisitor.objects.select_for_update().get(pk=visitor.pk)
    moved = _walk(fresh, page, now)
    if moved:
        fresh.save(update_fields=["page_url", "page_title", "trail"])
    return moved


def come_back(*, visitor: ChatVisitor, now: datetime) -> None:
    """A token that is used lives on; written at most once in thirty days."""
    if visitor.token_until - now < policies.RENEW_BELOW:
        visitor.token_until = now + policies.TOKEN_LIFE
        ChatVisitor.objects.filter(pk=visitor.pk).update(token_until=visitor.token_until)


def note_connected(*, visitor_ids: Sequence[int], now: datetime) -> None:
    """Pages of these visitors are open; one statement however many there are."""
    ChatVisitor.objects.filter(pk__in=list(visitor_ids)).update(
        connected_until=now + policies.CONNECTED_FOR, seen_at=now
    )


def note_gone(*, visitor_id: int, now: datetime) -> None:
    """The last page of a visitor closed here."""
    ChatVisitor.objects.filter(pk=visitor_id, connected_until__gt=now).update(connected_until=now)


# Saying something ------------------------------------------------------------------------------


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
    mail_inbox = mail_inbox_of(site) if visitor.offline and visitor.email else None
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


# Reading and leaving ---------------------------------------------------------------------------


@transaction.atomic
def note_read(*, visitor: ChatVisitor, until_id: int, now: datetime) -> int:
    """They have seen all of ours up to a message; returns how many that were."""
    ours = queries.shown(visitor.inbox_id, [visitor.key]).filter(kind=Message.Kind.REPLY, read_at=None)
    found = list(ours.filter(pk__lte=until_id).order_by("id")[:100])
    for message in found:
        tickets.note_receipt(message=message, what="read", at=now, now=now)
    if found and not ours.exists():
        ChatVisitor.objects.filter(pk=visitor.pk).update(mail_due_at=None)
    return len(found)


def note_delivered(*, messages: Sequence[Message], now: datetime) -> None:
    """Their page has these of ours."""
    for message in messages:
        if message.kind == Message.Kind.REPLY and message.delivered_at is None:
            tickets.note_receipt(message=message, what="delivered", at=now, now=now)


@transaction.atomic
def note_seen_by_agent(*, visitor: ChatVisitor, until_id: int, now: datetime) -> int:
    """An agent has the talk before them: the visitor's messages up to this one are read."""
    theirs = queries.shown(visitor.inbox_id, [visitor.key]).filter(kind=Message.Kind.INCOMING, read_at=None)
    found = list(theirs.filter(pk__lte=until_id).order_by("id")[:100])
    for message in found:
        tickets.note_receipt(message=message, what="read", at=now, now=now)
    return len(found)


@transaction.atomic
def end(*, visitor: ChatVisitor, now: datetime) -> None:
    """They end the talk; what they write later goes on with it."""
    fresh = ChatVisitor.objects.select_for_update().get(pk=visitor.pk)
    if fresh.ended_at is not None:
        return
    fresh.ended_at = now
    fresh.save(update_fields=["ended_at"])
    ticket = queries.ticket_of(fresh)
    if ticket is not None:
        emit(events.ChatEnded(**ids_after(ticket)), actor=actor_of(fresh), now=now)


@transaction.atomic
def rate(*, visitor: ChatVisitor, score: int, text: str, now: datetime) -> ChatRating:
    """They rate the talk; saying it again changes it. Raises InvalidInput, NotFound (nobody talked yet)."""
    if not 1 <= score <= 5:
        raise InvalidInput(_("Choose 1 to 5 stars."), field="score")
    ticket = queries.ticket_of(visitor)
    if ticket is None:
        raise NotFound
    text = storable(text).strip()[:2000]
    rating, _made = ChatRating.objects.update_or_create(
        ticket=ticket,
        visitor=visitor,
        defaults={"score": score, "text": text, "agent_id": ticket.assignee_id, "at": now},
    )
    emit(
        events.ChatRated(**ids_after(ticket), score=score, with_words=bool(text), agent_id=ticket.assignee_id),
        actor=actor_of(visitor),
        now=now,
    )
    return rating


@transaction.atomic
def ask_transcript(*, visitor: ChatVisitor, email: str, now: datetime) -> ChatTranscript:
    """They want the talk by mail. Only a talk in which one of us has answered is sent: nobody can have us mail words
    of their own choosing to others. Raises InvalidInput, NotFound."""
    email = storable(email).strip()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput(_("Write a full e-mail address, such as anna@example.com."), field="email") from None
    ticket = queries.ticket_of(visitor)
    if ticket is None:
        raise NotFound
    ours = queries.shown(visitor.inbox_id, [visitor.key]).filter(kind=Message.Kind.REPLY, automatic=False)
    if not ours.exists():
        raise InvalidInput(_("We can send you the talk once somebody has answered."), field="email")
    same = ChatTranscript.objects.filter(visitor=visitor, asked_at__gt=now - timedelta(minutes=5), sent_at=None)
    known = next((one for one in same if email_key(one.email) == email_key(email)), None)
    if known is not None:
        return known
    asked = ChatTranscript.objects.create(
        visitor=visitor, email=email, language=visitor.language, asked_at=now, next_try_at=now
    )
    emit(events.ChatTranscriptAsked(**ids_after(ticket)), actor=actor_of(visitor), now=now)
    return asked


def count_invitation(*, inbox_id: int, invitation_id: int, accepted: bool) -> None:
    """An invitation was shown, or led to a talk."""
    from django.db.models import F

    name = "accepted" if accepted else "shown"
    ChatInvitation.objects.filter(pk=invitation_id, inbox_id=inbox_id).update(**{name: F(name) + 1})


@transaction.atomic
def forget(*, now: datetime) -> int:
    """Forget visitors who cannot come back and never said anything, and files that were never sent; returns how many
    visitors were looked at. Whoever talked is kept with their ticket."""
    ChatFile.objects.filter(at__lt=now - timedelta(days=14)).delete()
    over = list(ChatVisitor.objects.filter(token_until__lt=now, kept=False).order_by("token_until")[:FORGET_AT_ONCE])
    spoken = set(queries.latest_tickets([v.key for v in over], {v.inbox_id for v in over}))
    ChatVisitor.objects.filter(pk__in=[v.pk for v in over if v.key not in spoken]).delete()
    ChatVisitor.objects.filter(pk__in=[v.pk for v in over if v.key in spoken]).update(kept=True)
    return len(over)


def as_payload(value: Any) -> dict[str, Any]:
    """A JSON body that is an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}
