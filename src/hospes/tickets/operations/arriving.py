"""What every arriving message needs: text that can be kept, and its row."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hospes.core.text import storable, storable_json
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.tickets.models import Inbox, Message, Ticket

TEXTS = (
    "message_id", "subject", "text", "html", "reply", "quoted", "signature", "in_reply_to", "language", "auto_kind",
    "thread_key",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an incoming message."""

    message: Message
    ticket: Ticket
    opened: bool


def kept(incoming: IncomingMessage) -> IncomingMessage:
    """Channels should hand out clean text; one that does not must not make the database refuse the message."""
    changed: dict[str, Any] = {}
    for name in TEXTS:
        value = getattr(incoming, name)
        if value and storable(value) != value:
            changed[name] = storable(value)
    for name in ("to", "cc"):
        changed[name] = tuple(_person(p) for p in getattr(incoming, name))
    for name in ("references", "defects"):
        changed[name] = tuple(storable(value) for value in getattr(incoming, name))
    return replace(incoming, sender=_person(incoming.sender), **changed)


def _person(person: Person) -> Person:
    return Person(storable(person.address)[:320], storable(person.name)[:200])


def make_message(
    ticket: Ticket, incoming: IncomingMessage, source_id: int | None, now: datetime, *, channel: str, inbox: Inbox
) -> Message:
    flags = [*(["sender-mismatch"] if incoming.sender_mismatch else []), *incoming.defects[:20]]
    return Message(
        ticket=ticket,
        kind=Message.Kind.INCOMING,
        channel=channel,
        author_name=incoming.sender.name[:200],
        author_address=incoming.sender.address[:320],
        subject=incoming.subject[:500],
        text=incoming.reply or incoming.text,
        html=incoming.html,
        quoted=incoming.quoted,
        signature=incoming.signature,
        to=[{"name": p.name, "address": p.address} for p in incoming.to[:100]],
        cc=[{"name": p.name, "address": p.address} for p in incoming.cc[:100]],
        external_id=incoming.message_id[:998],
        in_reply_to=incoming.in_reply_to[:998],
        references=list(incoming.references[-50:]),
        auto_kind=incoming.auto_kind,
        automatic=incoming.automatic,
        flags=flags,
        source_id=source_id,
        created_at=now,
        inbox=inbox,
        thread_key=incoming.thread_key[:200],
        extra=storable_json(dict(incoming.extra)),
    )
