"""Somebody here answers: replies and internal notes."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.core import ids
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput
from hospes.core.events import Event, emit
from hospes.core.html import clean_html, html_to_text
from hospes.core.text import storable, storable_json
from hospes.staff.models import Agent
from hospes.tickets import events
from hospes.tickets.models import Attachment, Draft, Message, Ticket
from hospes.tickets.operations.addresses import address_reply, check_copied, check_fits, choose_way
from hospes.tickets.operations.base import (
    StoredFile,
    attach,
    builtin_status,
    change_status,
    count_message,
    ids_after,
    index_message,
    lock_ticket,
    take_uploads,
)
from hospes.tickets.operations.news import note_seen
from hospes.tickets.operations.undo import snapshot
from hospes.tickets.policies import CATEGORIES

MENTION = re.compile(r'data-mention="(\d{1,18})"')


def body_of(html: str, text: str) -> tuple[str, str]:
    """(clean HTML, plain text) of what somebody wrote; either may be given. Raises InvalidInput when both are empty."""
    html, text = storable(html), storable(text)
    if html.strip():
        html = clean_html(html)
        text = html_to_text(html)
    if not text.strip() and "<img" not in html:
        raise InvalidInput(_("Write something first."), field="text")
    return html, text.strip()


def _check_unseen(ticket: Ticket, actor: Actor, seen_message_id: int | None, *, live: bool) -> None:
    """Two agents can never both send unaware: what came after the last message seen is handed back. In a `live` talk
    the customer writes while the agent does, and only a colleague's answer is news."""
    if seen_message_id is None:
        return
    newer = Message.objects.filter(ticket=ticket, pk__gt=seen_message_id, kind__in=Message.PUBLIC_KINDS)
    if live:
        newer = newer.filter(kind=Message.Kind.REPLY)
    newer = newer.exclude(kind=Message.Kind.REPLY, automatic=True)
    newer = newer.exclude(kind=Message.Kind.REPLY, agent_id=actor.own_id) if actor.kind == "agent" else newer
    came = list(newer.values_list("pk", flat=True)[:50])
    if came:
        raise Conflict(_("Something new came in while you were writing. Read it, then send again."), message_ids=came)


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    files: Sequence[StoredFile] = (),
    cc: Sequence[str] = (),
    status: str = "",
    seen_message_id: int | None = None,
    undo_seconds: int = 0,
    automatic: bool = False,
    subject: str = "",
    via: int | None = None,
    private: bool | None = None,
    template: Mapping[str, Any] | None = None,
    buttons: Sequence[str] = (),
) -> Message:
    """Answer the customer. `via` is the inbox to answer by (default: the best way, see queries.ways), `private` whether
    to answer a public comment in public (False) or by a message to its writer (True). `template` is {"name",
    "language", "values"} of an approved one; `buttons` are ready answers to press. `status` is a category to move to
    ("solved", "waiting"; "" decides by itself). `subject` is an automatic answer's own.

    With `seen_message_id`, raises Conflict (details: message_ids) when something newer came in; on a live channel,
    where the customer writes at the same time, when another agent's answer did. The message leaves after
    `undo_seconds`, until when it can be withdrawn. Raises InvalidInput, NotAllowed, NotFound.
    """
    ticket = _ready(ticket, actor, status)
    html, text = body_of(html, text)
    way = choose_way(ticket, via, now=now, private=True if automatic else private)  # a machine never speaks in public
    _check_unseen(ticket, actor, seen_message_id, live=way is not None and way.traits.live)
    if way is not None and way.inbox.kind != "email":
        carried = files_of(uploads, files)
        check_fits(way, text=text, template=bool(template), files=carried, buttons=len(buttons))
        undo_seconds = undo_seconds if way.traits.undo else 0
        html = html if way.traits.rich else ""
    before = snapshot(ticket)
    message = outgoing(ticket, actor, Message.Kind.REPLY, html=html, text=text, now=now, undo_seconds=undo_seconds)
    message.automatic, message.extra = automatic, extra_of(template, buttons)
    if automatic:  # what a machine says has a subject of its own, never one that a stranger wrote
        message.subject = " ".join(storable(subject).split())[:500]
    joined = address_reply(message, ticket, check_copied(cc), way)
    happened = [] if automatic else _answered(ticket, status, actor=actor, now=now)
    message.undo = {"before": before, "after": snapshot(ticket), "joined": joined} if undo_seconds else {}
    _keep(message, ticket, uploads, files, actor, now)
    emit(
        events.ReplyQueued(**ids_after(ticket), message_id=message.pk, automatic=automatic),
        *happened,
        actor=actor,
        now=now,
    )
    return message


def files_of(uploads: Sequence[str], files: Sequence[StoredFile]) -> list[tuple[str, str, int]]:
    """(name, content type, bytes) of what a message will carry."""
    found = [(file.name, file.content_type, file.size) for file in files]
    if uploads:
        rows = Attachment.objects.filter(token__in=list(uploads), message=None)
        found += list(rows.values_list("name", "content_type", "size"))
    return found


def _ready(ticket: Ticket, actor: Actor, status: str) -> Ticket:
    """The ticket under its lock, if it can be answered. Raises InvalidInput, NotAllowed, NotFound."""
    ticket = lock_ticket(ticket, actor, right="ticket.reply")
    if ticket.merged_into_id:
        raise InvalidInput(_("This ticket was merged. Answer on the one it was merged into."), field="ticket")
    if status and status not in CATEGORIES:
        raise InvalidInput(_("Choose one of the statuses."), field="status")
    return ticket


def _keep(
    message: Message, ticket: Ticket, uploads: Sequence[str], files: Sequence[StoredFile], actor: Actor, now: datetime
) -> None:
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    attach(message, files, now=now)
    index_message(message, ticket)
    if message.automatic:  # a machine's words are not what lists should show, and nobody was answered
        ticket.message_count += 1
        ticket.version += 1
    else:
        count_message(ticket, message, now=now, from_customer=False)
    ticket.save()


def extra_of(template: Mapping[str, Any] | None, buttons: Sequence[str]) -> dict[str, Any]:
    """What goes with a message for its channel alone. Raises InvalidInput."""
    extra: dict[str, Any] = {}
    if template:
        name, language = template.get("name"), template.get("language")
        values = template.get("values", [])
        if not (isinstance(name, str) and name and isinstance(language, str) and isinstance(values, list)):
            raise InvalidInput(_("Choose a template."), field="template")
        extra["template"] = storable_json({"name": name, "language": language, "values": [str(v) for v in values]})
    if buttons:
        extra["buttons"] = [" ".join(storable(b).split())[:80] for b in buttons if b.strip()][:10]
    return extra


def outgoing(
    ticket: Ticket, actor: Actor, kind: str, *, html: str, text: str, now: datetime, undo_seconds: int
) -> Message:
    """A message that is to be sent, not saved yet."""
    domain = ticket.inbox.address.rpartition("@")[2] or "hospes.invalid"
    return Message(
        ticket=ticket,
        kind=kind,
        channel=ticket.channel,
        agent_id=actor.id if actor.kind == "agent" else None,
        author_name=storable(actor.name)[:200],
        author_address=ticket.inbox.address,
        subject=ticket.subject,
        html=html,
        text=text,
        external_id=f"{ticket.number.lower()}.{ids.token(18)}@{domain}",
        created_at=now,
        delivery=Message.Delivery.HELD if undo_seconds else Message.Delivery.QUEUED,
        send_after=now + timedelta(seconds=undo_seconds),
    )


def _answered(ticket: Ticket, status: str, *, actor: Actor, now: datetime) -> list[Event]:
    """Status, first response, owner and draft after a person's answer."""
    Draft.objects.filter(ticket=ticket, agent_id=actor.own_id, kind="reply").delete()
    note_seen(ticket=ticket, actor=actor, now=now)  # who answers by another program has read it too
    happened: list[Event] = []
    if ticket.first_response_at is None:
        ticket.first_response_at = now
    ticket.waiting_since = None
    ticket.snoozed_until = None
    wanted = status or ("open" if ticket.category == "new" else "")
    if wanted and wanted != ticket.category:
        happened += change_status(ticket, builtin_status(wanted), now=now)
    if ticket.assignee_id is None and actor.kind == "agent":
        ticket.assignee_id = actor.id
        happened.append(events.TicketChanged(**ids_after(ticket), field="assignee", before="", after=str(actor.id)))
    return happened


@transaction.atomic
def add_note(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    html: str = "",
    text: str = "",
    uploads: Sequence[str] = (),
    mentions: Sequence[int] = (),
) -> Message:
    """Write an internal note. Mentioned agents (by id, or data-mention in the HTML) are told."""
    ticket = lock_ticket(ticket, actor, right="ticket.note")
    if ticket.merged_into_id:
        raise InvalidInput(_("This ticket was merged. Write on the one it was merged into."), field="ticket")
    mentioned = {int(i) for i in MENTION.findall(html)}
    html, text = body_of(html, text)
    message = Message(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        channel="desk",
        agent_id=actor.id if actor.kind == "agent" else None,
        author_name=storable(actor.name)[:200],
        html=html,
        text=text,
        created_at=now,
    )
    message.save(force_insert=True)
    take_uploads(message, uploads, actor=actor)
    index_message(message, ticket)
    ticket.updated_at = now
    ticket.version += 1
    ticket.message_count += 1
    ticket.save(update_fields=["updated_at", "version", "message_count"])
    Draft.objects.filter(ticket=ticket, agent_id=actor.own_id, kind="note").delete()
    wanted = {*mentions, *mentioned}
    told = Agent.objects.filter(pk__in=wanted, is_active=True).exclude(pk=actor.id or 0).values_list("pk", flat=True)
    happened: list[Event] = [events.NoteAdded(**ids_after(ticket), message_id=message.pk)]
    happened += [events.AgentMentioned(**ids_after(ticket), message_id=message.pk, agent_id=pk) for pk in sorted(told)]
    emit(*happened, actor=actor, now=now)
    return message


def default_undo_seconds() -> int:
    """How long a reply from the desk can be taken back."""
    return int(settings.UNDO_SEND_SECONDS)
