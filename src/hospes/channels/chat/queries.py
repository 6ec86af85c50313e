"""Every read of the live chat: who is behind a token, what their talk shows, how it stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Q

from hospes.channels.chat import policies
from hospes.channels.models import ChatDevice, ChatRating, ChatSite, ChatVisitor
from hospes.channels.queries import credential_of
from hospes.core import ids
from hospes.core.errors import NotFound
from hospes.routing.models import AssignmentRecord, RoutingEntry
from hospes.routing.models import State as Way
from hospes.routing.queries import people
from hospes.sla import calculator
from hospes.sla import queries as sla
from hospes.staff.models import Agent
from hospes.tickets.models import Inbox, Message, Ticket

PAGE: Final = 200
OVERLAP: Final = timedelta(seconds=60)
SHOWN_AGENTS: Final = 3
LOOKED_AT: Final = 50  # people who are here
LONGEST_LINE: Final = 500


def site_of(inbox_id: int) -> ChatSite:
    """The chat of an inbox that is in use. Raises NotFound."""
    found = ChatSite.objects.select_related("inbox", "mail_inbox", "calendar").filter(pk=inbox_id).first()
    if found is None:
        inbox = Inbox.objects.filter(pk=inbox_id, kind="chat").first()
        if inbox is None:
            raise NotFound
        found = ChatSite(inbox=inbox)
    if found.inbox.archived_at is not None or found.inbox.kind != "chat":
        raise NotFound
    return found


def device_by_token(token: str, *, inbox_id: int, now: datetime) -> ChatDevice | None:
    """Who comes back with a token; only its digest is kept, so finding it tells nothing about others by its time."""
    if not 20 <= len(token) <= 100:
        return None
    digest = ids.token_hash(token)
    devices = ChatDevice.objects.select_related("visitor")
    found = devices.filter(token_hash=digest, visitor__inbox_id=inbox_id, token_until__gt=now).first()
    return found if found is not None and ids.same(found.token_hash, digest) else None


def visitor_by_token(token: str, *, inbox_id: int, now: datetime) -> ChatVisitor | None:
    """The visitor whose device it is."""
    found = device_by_token(token, inbox_id=inbox_id, now=now)
    return found.visitor if found is not None else None


def visitor_by_subject(subject: str, *, inbox_id: int) -> ChatVisitor | None:
    """Somebody their site signed for, wherever they chatted before: the one of theirs who spoke last. Before devices
    were kept there was one on each."""
    found = list(ChatVisitor.objects.filter(inbox_id=inbox_id, subject=subject, verified=True).exclude(subject=""))
    if len(found) > 1:
        order = list(latest_tickets([v.key for v in found], [inbox_id]))  # by the newest message, oldest first
        found.sort(key=lambda v: (order.index(v.key) if v.key in order else -1, v.pk))
    return found[-1] if found else None


def signing_secrets(inbox_id: int, *, now: datetime) -> list[str]:
    """The secrets by which a site signs who its visitors are: the present one, and the one before it for a day."""
    kept = credential_of(inbox_id)
    found = [str(kept["jwt_secret"])] if kept.get("jwt_secret") else []
    if kept.get("jwt_previous") and str(kept.get("jwt_previous_until", "")) > now.isoformat():
        found.append(str(kept["jwt_previous"]))
    return found


# The talk --------------------------------------------------------------------------------------


def shown(inbox_id: int, keys: Collection[str]) -> Any:
    """The messages that visitors see of their own talks: theirs and our answers, never notes, nor what is held."""
    found = Message.objects.filter(inbox_id=inbox_id, thread_key__in=list(keys), kind__in=Message.PUBLIC_KINDS)
    return found.exclude(delivery=Message.Delivery.HELD).select_related("agent").prefetch_related("attachments")


def talk(visitor: ChatVisitor, *, after: int, now: datetime) -> list[Message]:
    """A visitor's own talk, oldest first: the newest PAGE messages, or what came after a cursor.

    Ids are given before their transactions commit, so what is a minute old or newer is told again; pages drop by id.
    """
    listed = shown(visitor.inbox_id, [visitor.key])
    if not after:
        return list(reversed(listed.order_by("-id")[:PAGE]))
    return list(listed.filter(Q(pk__gt=after) | Q(created_at__gt=now - OVERLAP)).order_by("id")[:PAGE])


def latest_tickets(keys: Sequence[str], inbox_ids: Collection[int]) -> dict[str, int]:
    """{visitor's key: the ticket on which their talk was last continued}. One look into the index for each."""
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.key, found.ticket_id FROM unnest(%s::text[]) AS k (key) CROSS JOIN unnest(%s::bigint[]) AS i (id)"
            " CROSS JOIN LATERAL (SELECT ticket_id, m.id FROM tickets_message m WHERE m.inbox_id = i.id"
            " AND m.thread_key = k.key AND m.thread_key <> '' ORDER BY m.id DESC LIMIT 1) AS found ORDER BY found.id",
            [list(keys), list(inbox_ids)],
        )
        return dict(cursor.fetchall())


def ticket_of(visitor: ChatVisitor) -> Ticket | None:
    """The ticket of a visitor's present talk."""
    found = latest_tickets([visitor.key], [visitor.inbox_id]).get(visitor.key)
    return Ticket.objects.select_related("inbox").filter(pk=found).first() if found else None


def visitor_of(ticket_id: int) -> ChatVisitor | None:
    """The visitor whose chat is on a ticket, the latest one. Two queries, one where there is no chat."""
    said = Message.objects.filter(ticket_id=ticket_id, kind=Message.Kind.INCOMING, channel="chat")
    key = said.exclude(thread_key="").order_by("-id").values_list("thread_key", flat=True).first()
    return ChatVisitor.objects.select_related("invitation").filter(key=key).first() if key else None


# How it stands ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How a talk stands: offline, queued, talking or ended; its place and the wait where they are known."""

    status: str
    position: int | None = None
    wait_seconds: int | None = None
    agent: str = ""
    rated: bool = False
    open: bool = True
    email_fallback: bool = False
    read_id: int = 0
    ticket_id: int | None = None

    def shown(self) -> dict[str, Any]:
        """As the widget gets it."""
        agent = {"name": self.agent, "initials": policies.initials(self.agent)} if self.agent else None
        return {
            "status": self.status,
            "position": self.position,
            "wait_seconds": self.wait_seconds,
            "agent": agent,
            "rated": self.rated,
            "open": self.open,
            "email_fallback": self.email_fallback,
            "read_until": self.read_id,
        }


def standings(visitors: Sequence[ChatVisitor], *, open_at: dict[int, bool], now: datetime) -> dict[str, Standing]:
    """How many talks stand, in seven queries however many there are. `open_at`: {inbox id: whether it is open}."""
    by_key = {v.key: v for v in visitors}
    ticket_ids = latest_tickets(list(by_key), {v.inbox_id for v in visitors})
    wanted = set(ticket_ids.values())
    shown_of = Ticket.objects.select_related("assignee").only("id", "category", "assignee__name")
    tickets = {t.pk: t for t in shown_of.filter(pk__in=wanted)}
    entries = {e.pk: e for e in RoutingEntry.objects.only("ticket_id", "queue_id", "state").filter(pk__in=wanted)}
    queues = {e.queue_id for e in entries.values() if e.queue_id and e.state in {Way.WAITING, Way.OFFERED}}
    places = _places(queues)
    moved = _moved(queues, now=now)
    keyed = {by_key[key].pk: key for key in by_key}
    seen = _seen_by_agents(list(by_key), {v.inbox_id for v in visitors})
    rated = set(ChatRating.objects.filter(visitor_id__in=keyed).values_list("visitor_id", "ticket_id"))
    found: dict[str, Standing] = {}
    for key, visitor in by_key.items():
        ticket = tickets.get(ticket_ids.get(key, 0))
        entry = entries.get(ticket.pk) if ticket else None
        is_open = open_at.get(visitor.inbox_id, True)
        standing = _standing(visitor, ticket, entry, places, moved, is_open=is_open, rated=rated, now=now)
        found[key] = replace(standing, read_id=seen.get(key, 0), ticket_id=ticket.pk if ticket else None)
    return found


def _seen_by_agents(keys: Sequence[str], inbox_ids: Collection[int]) -> dict[str, int]:
    """{visitor's key: the newest of their messages that one of us has read}."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.key, max(found.id) FROM unnest(%s::text[]) AS k (key) CROSS JOIN unnest(%s::bigint[]) AS i (id)"
            " CROSS JOIN LATERAL (SELECT m.id FROM tickets_message m WHERE m.inbox_id = i.id AND m.thread_key = k.key"
            " AND m.thread_key <> '' AND m.kind = 'incoming' AND m.read_at IS NOT NULL ORDER BY m.id DESC LIMIT 1)"
            " AS found GROUP BY k.key",
            [list(keys), list(inbox_ids)],
        )
        return dict(cursor.fetchall())


def _standing(
    visitor: ChatVisitor,
    ticket: Ticket | None,
    entry: RoutingEntry | None,
    places: dict[int, int],
    moved: dict[int, list[datetime]],
    *,
    is_open: bool,
    rated: set[tuple[int, int]],
    now: datetime,
) -> Standing:
    base = Standing("queued", open=is_open, email_fallback=bool(visitor.email))
    if ticket is None:
        return replace(base, status="ended" if visitor.ended_at else "queued" if is_open else "offline")
    base = replace(base, rated=(visitor.pk, ticket.pk) in rated)
    name = policies.shown_name(ticket.assignee.name) if ticket.assignee else ""
    if visitor.ended_at is not None or ticket.category in {"solved", "closed"}:
        return replace(base, status="ended", agent=name)
    if name:
        return replace(base, status="talking", agent=name)
    if not is_open:
        return replace(base, status="offline")
    position = places.get(ticket.pk)
    queue = entry.queue_id if entry else None
    wait = policies.estimated_wait(position=position, recent=moved.get(queue or 0, ()), now=now) if position else None
    return replace(base, position=position, wait_seconds=wait)


def _places(queue_ids: Collection[int]) -> dict[int, int]:
    """{ticket: its place in its queue's line}, for the first LONGEST_LINE of each."""
    if not queue_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line.ticket_id, line.place FROM unnest(%s::bigint[]) AS q (id) CROSS JOIN LATERAL ("
            "SELECT ticket_id, row_number() OVER (ORDER BY rank_at, ticket_id) AS place FROM routing_routingentry"
            " WHERE queue_id = q.id AND state IN ('waiting', 'offered') ORDER BY rank_at, ticket_id LIMIT %s) AS line",
            [sorted(queue_ids), LONGEST_LINE],
        )
        return dict(cursor.fetchall())


def _moved(queue_ids: Collection[int], *, now: datetime) -> dict[int, list[datetime]]:
    """{queue: when somebody was last given something of it}, within the last half hour."""
    if not queue_ids:
        return {}
    recent = AssignmentRecord.objects.filter(queue_id__in=queue_ids, at__gt=now - timedelta(minutes=30))
    found: dict[int, list[datetime]] = {}
    for queue_id, at in recent.order_by("-at").values_list("queue_id", "at")[:500]:
        found.setdefault(queue_id or 0, []).append(at)
    return found


# The place -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Door:
    """Whether a chat is open now, when it opens again, and who is here (first names)."""

    open: bool
    opens_at: datetime | None
    agents: tuple[str, ...]
    wait_seconds: int | None = None


def door_of(site: ChatSite, *, now: datetime) -> Door:
    """How a chat's door stands now. Four queries at most."""
    opens_at = None
    version = sla.current_version(site.calendar_id)
    within = True
    if version is not None:
        hours = sla.hours(version)
        within = calculator.is_open(hours, now)
        if not within:
            reached = calculator.time_after(hours, now, timedelta(seconds=1))
            opens_at = reached.at - timedelta(seconds=1) if reached.at else None
    if not within:
        return Door(open=False, opens_at=opens_at, agents=())
    here = here_for(site.inbox, now=now)
    names = tuple(policies.shown_name(name) for name in here[:SHOWN_AGENTS])
    is_open = bool(here) or not site.needs_people
    return Door(open=is_open, opens_at=None, agents=names, wait_seconds=_usual_wait(site, now) if is_open else None)


def _usual_wait(site: ChatSite, now: datetime) -> int | None:
    """How long those waited who were given somebody within the last half hour; None when they were fewer than three."""
    recent = AssignmentRecord.objects.filter(at__gt=now - timedelta(minutes=30), ticket__inbox_id=site.inbox.pk)
    waits = sorted(recent.order_by("-at").values_list("waited_seconds", flat=True)[:50])
    return waits[len(waits) // 2] if len(waits) >= 3 else None


def here_for(inbox: Inbox, *, now: datetime) -> list[str]:
    """The names of those who are here for an inbox and take chats: of its team, else of the whole company."""
    found = people.here_now(now=now)
    if inbox.team_id:
        found = found.filter(memberships__team_id=inbox.team_id)
    listed = found.order_by("pk").values_list("name", "presence__channels")[:LOOKED_AT]
    return [name for name, channels in listed if (channels or {}).get("chat") is not False]


def languages_of(site: ChatSite) -> list[dict[str, str]]:
    """The languages that a chat offers: those chosen, else all."""
    chosen = [code for code, _name in settings.LANGUAGES if not site.languages or code in site.languages]
    return [{"code": code, "name": name} for code, name in settings.LANGUAGES if code in chosen]


def agent_of(message: Message) -> Agent | None:
    """Who of us wrote a message; None for a machine."""
    return message.agent if not message.automatic else None
