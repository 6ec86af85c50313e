"""Customers are told, through their provider, that we have read what they wrote and that somebody writes an answer.

Asked for by what happens on tickets (`ask_seen`) and by agents' screens (`ask_typing`); told by a worker outside of
any transaction, by the adapter's `seen` and `typing`. It is a courtesy: what goes wrong is a line in the log, never a
failed answer. Typing is shown once in the time that the provider shows it, and never late.
"""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from hospes.channels import queries
from hospes.channels.adapter import ChannelError, Talk
from hospes.channels.meta import TELL_READ
from hospes.channels.models import Telling
from hospes.channels.registry import adapters
from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.outbox import MAX_ATTEMPTS, backoff
from hospes.tickets.models import Inbox, Message, Ticket
from hospes.tickets.queries import visible
from hospes.tickets.ways import traits_of

log = logging.getLogger(__name__)
QUEUE: Final = "tellings"
LEASE: Final = timedelta(minutes=1)
#: Providers advise to say within 30 days that something was read ("Mark messages as read").
OLDEST: Final = timedelta(days=30)
#: Typing that could not be told at once is not true any more.
STALE: Final = timedelta(seconds=8)


@transaction.atomic
def ask_seen(*, message_id: int, now: datetime) -> bool:
    """Have the customer told that all up to this message was read: once for each newer one."""
    message = Message.objects.select_related("inbox").filter(pk=message_id).first()
    if message is None or message.inbox is None or not traits_of(message.inbox.kind).seen:
        return False
    if not message.external_id or now - message.created_at > OLDEST:
        return False
    place, made = _place(Telling.What.SEEN, message, now)
    if not made and place.message_id >= message.pk:
        return False
    _ask(place, message, now)
    return True


@transaction.atomic
def ask_typing(*, ticket_id: int, inbox_id: int, on: bool, actor: Actor, now: datetime) -> bool:
    """Have the customer see that somebody answers by this inbox, or has stopped. False where nothing is to be told:
    it shows already, does not show any more, or this actor may not answer there."""
    inbox = Inbox.objects.filter(pk=inbox_id, archived_at=None).first()
    lasts = timedelta(seconds=traits_of(inbox.kind).typing_lasts if inbox else 0)
    if inbox is None or not lasts or not actor.may("ticket.reply"):
        return False
    ticket = visible(actor).filter(pk=ticket_id).first()
    message = _newest(ticket, inbox, now) if ticket is not None else None
    if message is None:
        return False
    place, _made = _place(Telling.What.TYPING, message, now)
    shows = place.shown_at is not None and now - place.shown_at < lasts
    if shows is on or (not on and not place.on):
        return False
    place.on = on
    if on:
        place.shown_at = now
    _ask(place, message, now)
    return True


def _newest(ticket: Ticket, inbox: Inbox, now: datetime) -> Message | None:
    """What they wrote last in private by this inbox, while free words may be sent there."""
    theirs = Message.objects.filter(ticket=ticket, inbox=inbox, kind=Message.Kind.INCOMING).order_by("-id")[:20]
    newest = next((message for message in theirs if not message.extra.get("public")), None)
    window = traits_of(inbox.kind).window
    return newest if newest and (window is None or now - newest.created_at < window) else None


def _place(what: Telling.What, message: Message, now: datetime) -> tuple[Telling, bool]:
    assert message.inbox_id is not None
    return Telling.objects.select_for_update().get_or_create(
        ticket_id=message.ticket_id,
        inbox_id=message.inbox_id,
        what=what,
        defaults={"message": message, "asked_at": now},
    )


def _ask(place: Telling, message: Message, now: datetime) -> None:
    place.message, place.asked_at, place.next_try_at, place.attempts = message, now, now, 0
    place.save()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('hospes_wake', %s)", [QUEUE])


# Telling ------------------------------------------------------------------------------------------


def tell_waiting(*, now: datetime, limit: int = 10) -> int:
    """Tell up to `limit` due ones; returns how many were tried."""
    taken = _take(now=now, limit=limit)
    for telling in taken:
        _finish(telling, next_try_at=_tell(telling))
    return len(taken)


@transaction.atomic
def _take(*, now: datetime, limit: int) -> list[Telling]:
    """Lease due ones to this worker; one that dies gives them back."""
    due = Telling.objects.select_for_update(skip_locked=True, of=("self",)).select_related("inbox", "message")
    taken = list(due.filter(next_try_at__lte=now).order_by("next_try_at")[:limit])
    for telling in taken:
        telling.next_try_at = now + LEASE
        telling.attempts += 1
        telling.save(update_fields=["next_try_at", "attempts"])
    return taken


def _tell(telling: Telling) -> datetime | None:
    """Ask the provider; when to try again, None for never."""
    typing = telling.what == Telling.What.TYPING
    if typing and clock.now() - telling.asked_at > STALE:
        return None
    theirs = telling.message
    talk = Talk(theirs.external_id, theirs.author_address, theirs.thread_key, theirs.created_at)
    try:
        adapter, credential = adapters()[telling.inbox.kind], queries.credential_of(telling.inbox_id)
        if typing:
            adapter.typing(talk, credential, on=telling.on)
        elif credential.get(TELL_READ.name, True):
            adapter.seen(talk, credential)
    except ChannelError as error:
        log.info("Inbox %s was not told “%s”: %s", telling.inbox_id, telling.what, error.words)
        if typing or error.permanent or not error.set_up or telling.attempts >= MAX_ATTEMPTS:
            return None
        return clock.now() + max(backoff(telling.attempts), timedelta(seconds=error.retry_after))
    except Exception:  # a fault of ours in a courtesy stops nobody
        log.exception("Inbox %s was not told “%s”", telling.inbox_id, telling.what)
    return None


def _finish(telling: Telling, *, next_try_at: datetime | None) -> None:
    """Keep what became of it, unless it was asked for anew meanwhile."""
    same = Telling.objects.filter(
        pk=telling.pk, asked_at=telling.asked_at, message_id=telling.message_id, on=telling.on
    )
    same.update(next_try_at=next_try_at)
