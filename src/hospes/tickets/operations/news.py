"""What a channel tells of messages afterwards: receipts, reactions, words edited or taken back by the customer."""

from datetime import datetime

from django.db import transaction

from hospes.core.actors import SYSTEM, Actor
from hospes.core.events import emit
from hospes.core.text import storable
from hospes.tickets import events
from hospes.tickets.models import Inbox, Message, Ticket
from hospes.tickets.operations.base import ids_after, index_message
from hospes.tickets.ways import all_traits

RECEIPTS = {"delivered": "delivered_at", "read": "read_at"}


@transaction.atomic
def note_receipt(*, message: Message, what: str, at: datetime, now: datetime) -> None:
    """Our message was delivered or read; the first news count. What was read was delivered."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    changed = []
    for name in ("delivered_at", "read_at") if what == "read" else ("delivered_at",):
        if getattr(fresh, name) is None:
            setattr(fresh, name, at)
            changed.append(name)
    if not changed:
        return
    fresh.save(update_fields=changed)
    _tell(fresh, what, now)


@transaction.atomic
def note_read_until(*, inbox: Inbox, thread_key: str, address: str, until: datetime, now: datetime) -> int:
    """The customer has read all that we sent in this talk up to a moment; returns how many that were."""
    ours = Message.objects.filter(inbox=inbox, kind=Message.Kind.REPLY, read_at=None, created_at__lte=until)
    ours = ours.filter(thread_key=thread_key) if thread_key else ours.filter(to__contains=[{"address": address}])
    found = list(ours.select_related("ticket").order_by("-id")[:200])
    for message in found:
        note_receipt(message=message, what="read", at=until, now=now)
    return len(found)


@transaction.atomic
def note_seen(*, ticket: Ticket, actor: Actor, now: datetime, until_id: int = 2**62) -> None:
    """An agent has the customer's messages up to this one before them. Kept and told once, and only where the channel
    can pass it on (traits.seen); what was said in public has no such sign."""
    if actor.kind != "agent":
        return
    kinds = [traits.kind for traits in all_traits().values() if traits.seen]
    theirs = Message.objects.filter(ticket=ticket, channel__in=kinds, kind=Message.Kind.INCOMING, read_at=None)
    found = [m for m in theirs.filter(pk__lte=until_id).select_for_update(no_key=True) if not m.extra.get("public")]
    if not found:
        return
    Message.objects.filter(pk__in=[message.pk for message in found]).update(read_at=now)
    newest = {message.inbox_id: message.pk for message in sorted(found, key=lambda m: m.pk)}
    emit(
        *(events.MessagesSeen(**ids_after(ticket), message_id=pk) for pk in newest.values()),
        actor=actor,
        now=now,
    )


@transaction.atomic
def note_reaction(*, message: Message, who: str, emoji: str, now: datetime, actor: Actor) -> None:
    """Somebody put an emoji on a message, or took it away (an empty one)."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    reactions = dict(fresh.extra.get("reactions") or {})
    emoji = storable(emoji).strip()[:16]
    if reactions.get(who, "") == emoji:
        return
    if emoji:
        reactions[storable(who)[:320]] = emoji
    else:
        reactions.pop(who, None)
    fresh.extra = {**fresh.extra, "reactions": reactions}
    fresh.save(update_fields=["extra"])
    _tell(fresh, "reaction", now, actor)


@transaction.atomic
def note_edited(*, message: Message, text: str, at: datetime, now: datetime) -> None:
    """The customer changed their words in the channel; the first ones are kept."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    text = storable(text).strip()
    if fresh.kind != Message.Kind.INCOMING or not text or fresh.text == text:
        return
    fresh.extra = {**fresh.extra, "first_text": fresh.extra.get("first_text", fresh.text)}
    fresh.text, fresh.html, fresh.edited_at = text, "", at
    fresh.save(update_fields=["extra", "text", "html", "edited_at"])
    index_message(fresh, fresh.ticket)
    _tell(fresh, "edited", now)


@transaction.atomic
def note_withdrawn(*, message: Message, at: datetime, now: datetime) -> None:
    """The customer took their message back in the channel; it stays on the ticket, marked."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if fresh.withdrawn_at is not None:
        return
    fresh.withdrawn_at = at
    fresh.save(update_fields=["withdrawn_at"])
    _tell(fresh, "withdrawn", now)


def _tell(message: Message, what: str, now: datetime, actor: Actor = SYSTEM) -> None:
    emit(events.MessageNoted(**ids_after(message.ticket), message_id=message.pk, what=what), actor=actor, now=now)
