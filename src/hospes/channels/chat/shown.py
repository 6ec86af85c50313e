"""What the switchboard of open chats asks and notes, each in one go for many: plain functions for its threads."""

import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hospes.channels import operations as channels
from hospes.channels.chat import policies, queries, reading, shapes, visitors
from hospes.channels.chat.door import own_origins
from hospes.channels.models import ChatVisitor
from hospes.core import clock, ids, limits
from hospes.core.actors import Actor
from hospes.core.errors import HospesError
from hospes.tickets.models import Message
from hospes.tickets.queries import visible

TOGETHER = 200
DOOR_SECONDS = 3.0
SOCKETS_A_MINUTE = 2000  # many visitors of one company share an address


@dataclass(frozen=True, slots=True)
class Known:
    """Who a visitor's page belongs to."""

    pk: int
    key: str
    name: str
    inbox_id: int


@dataclass(frozen=True, slots=True)
class Stands:
    """How a talk stands, as it is told, and the ticket that it is on."""

    state: dict[str, Any]
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one message to its visitor."""

    key: str
    message_id: int
    ticket_id: int
    text: str
    undelivered: bool


def known(inbox_id: int, token: str, origin: str, host: str, address: str) -> Known | int:
    """Who opens a socket, or the code that closes it."""
    now = clock.now()
    try:
        site = queries.site_of(inbox_id)
        digest = ids.keyed_digest("chat.address", address, length=32)
        limits.require(f"chat:socket:{digest}", limit=SOCKETS_A_MINUTE, seconds=60, now=now)
    except HospesError as error:
        return 4429 if error.code == "rate-limited" else 4401
    plain = policies.clean_origin(origin) if urlsplit(origin).netloc else ""
    if not policies.may_come_from(plain, allowed=site.origins, own=own_origins(host)):
        channels.count_call(inbox=site.inbox, outcome="origin", now=now)
        return 4403
    found = queries.visitor_by_token(token, inbox_id=inbox_id, now=now)
    if found is None:
        channels.count_call(inbox=site.inbox, outcome="token", now=now)
        return 4401
    return Known(found.pk, found.key, found.name, inbox_id)


def ready(visitor_id: int) -> tuple[int, Stands]:
    """Their page is open: the newest message that they can see, and how their talk stands."""
    visitors.note_connected(visitor_ids=[visitor_id], now=clock.now())
    visitor = ChatVisitor.objects.get(pk=visitor_id)
    newest = queries.shown(visitor.inbox_id, [visitor.key]).order_by("-id").values_list("pk", flat=True).first()
    return newest or 0, standings([visitor.key])[visitor.key]


def standings(keys: Sequence[str]) -> dict[str, Stands]:
    """How many talks stand; read in parts, so that a thousand at once do not all lie in memory."""
    now = clock.now()
    told: dict[str, Stands] = {}
    for start in range(0, len(keys), TOGETHER):
        people = list(
            ChatVisitor.objects.filter(key__in=list(keys[start : start + TOGETHER])).defer("trail", "answers")
        )
        open_at = {inbox_id: _open(inbox_id) for inbox_id in {v.inbox_id for v in people}}
        found = queries.standings(people, open_at=open_at, now=now)
        told |= {key: Stands(one.shown(), one.ticket_id) for key, one in found.items()}
    return told


_doors: dict[int, tuple[float, bool]] = {}


def _open(inbox_id: int) -> bool:
    """Whether a chat is open, looked at every few seconds however many ask."""
    looked_at, is_open = _doors.get(inbox_id, (0.0, False))
    if time.monotonic() - looked_at > DOOR_SECONDS:
        try:
            is_open = queries.door_of(queries.site_of(inbox_id), now=clock.now()).open
        except HospesError:
            is_open = False
        _doors[inbox_id] = (time.monotonic(), is_open)
    return is_open


def messages(said: Sequence[int], noted: Sequence[int], watched: Collection[str]) -> list[Told]:
    """What is told of new messages, and of news of old ones, to those visitors who watch; two queries at most."""
    found = Message.objects.filter(pk__in=[*said, *noted], kind__in=Message.PUBLIC_KINDS, inbox__kind="chat")
    found = found.exclude(thread_key="").exclude(delivery=Message.Delivery.HELD).select_related("agent")
    new = set(said)
    told = []
    for message in found.prefetch_related("attachments").order_by("id"):
        if message.thread_key not in watched:
            continue
        ours = message.kind == Message.Kind.REPLY
        if message.pk in new:
            text: dict[str, Any] = {"type": "message", "message": shapes.message_shown(message)}
        else:
            what = "read" if message.read_at else "delivered"
            client_id = "" if ours else message.extra.get("client_id", "")
            text = {"type": "receipt", "id": message.pk, "client_id": client_id, "what": what}
        undelivered = ours and message.delivered_at is None
        told.append(Told(message.thread_key, message.pk, message.ticket_id, json.dumps(text), undelivered))
    return told


def delivered(message_ids: Sequence[int]) -> None:
    """Open pages have got these."""
    found = Message.objects.filter(pk__in=list(message_ids)).select_related("ticket")
    reading.note_delivered(messages=list(found), now=clock.now())


def connected(visitor_ids: Sequence[int]) -> set[int]:
    """Their pages are open; returns whose tokens still hold."""
    now = clock.now()
    visitors.note_connected(visitor_ids=visitor_ids, now=now)
    good = ChatVisitor.objects.filter(pk__in=list(visitor_ids), token_until__gt=now)
    return set(good.values_list("pk", flat=True))


def gone(visitor_id: int) -> None:
    """The last page of a visitor closed."""
    visitors.note_gone(visitor_id=visitor_id, now=clock.now())


def walk(visitor_id: int, url: str, title: str) -> dict[str, str] | None:
    """They went to another page; what of it is told to agents, None when they did not."""
    visitor = ChatVisitor.objects.get(pk=visitor_id)
    page = visitors.Page(url[:2000], title[:300])
    if not visitors.walk(visitor=visitor, page=page, now=clock.now()):
        return None
    return {"url": visitors.policies_url(url)[:1000], "title": title[:300]}


def read_until(visitor_id: int, until_id: int) -> None:
    """They have seen ours up to this message."""
    visitor = ChatVisitor.objects.get(pk=visitor_id)
    reading.note_read(visitor=visitor, until_id=until_id, now=clock.now())


def key_for_agent(actor: Actor, ticket_id: int) -> str:
    """The visitor of a ticket's chat, for an agent who may see the ticket; else ""."""
    if not visible(actor).filter(pk=ticket_id).exists():
        return ""
    found = queries.visitor_of(ticket_id)
    return found.key if found else ""


def seen_by_agent(key: str, until_id: int) -> None:
    """An agent has the visitor's messages up to this one before them."""
    visitor = ChatVisitor.objects.filter(key=key).first()
    if visitor is not None:
        reading.note_seen_by_agent(visitor=visitor, until_id=until_id, now=clock.now())


def first_name(name: str) -> str:
    """How an agent is called before visitors."""
    return policies.shown_name(name)
