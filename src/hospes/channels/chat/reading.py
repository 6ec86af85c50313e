"""What visitors have read, and how they leave: receipts both ways, the end, the rating, the wish for a transcript."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from hospes.channels.chat import events, queries
from hospes.channels.chat.visitors import actor_of
from hospes.channels.models import ChatRating, ChatTranscript, ChatVisitor
from hospes.core.errors import InvalidInput, NotFound
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.customers.policies import email_key
from hospes.routing import operations as routing
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message
from hospes.tickets.operations.base import ids_after


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


def let_rest(*, ticket_id: int, now: datetime) -> None:
    """A talk that was ended takes nobody's capacity, unless its visitor has gone on with it meanwhile."""
    visitor = queries.visitor_of(ticket_id)
    if visitor is not None and visitor.ended_at is not None:
        routing.let_rest(ticket_id=ticket_id, now=now)


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
