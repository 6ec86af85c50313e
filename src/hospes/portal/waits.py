"""How long one waits now, and what is promised: asked for all contact points together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count

from hospes.calls import queries as calls
from hospes.calls.models import Call, PhoneSetup
from hospes.channels.chat import queries as chats
from hospes.channels.chat.policies import estimated_wait
from hospes.channels.models import ChatSite
from hospes.core.conditions import matches
from hospes.routing.models import AssignmentRecord, RoutingEntry
from hospes.routing.models import State as Way
from hospes.routing.queries import people
from hospes.sla import queries as sla
from hospes.sla.calculator import Calendar
from hospes.tickets.models import Inbox
from hospes.tickets.ways import traits_of

NORMAL: Final = 2
LATELY: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds until somebody answers; 0: at once; None: nobody knows, and no number is better than a made-up one."""

    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """How one inbox stands: whether people wait at its other end (`live`), whether somebody is here for it, the wait,
    and its own hours (None: always)."""

    live: bool = False
    staffed: bool = False
    wait: Wait = field(default_factory=Wait)
    calendar: Calendar | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """By when one hears from us."""

    seconds: int
    business: bool = False


def doors(inboxes: Sequence[Inbox], *, now: datetime) -> dict[int, Door]:
    """How the live ones stand; nothing is asked where there are none."""
    found: dict[int, Door] = {}
    live = [inbox for inbox in inboxes if traits_of(inbox.kind).live]
    if not live:
        return found
    talking = [inbox for inbox in live if inbox.kind == "chat"]
    ringing = [inbox for inbox in live if inbox.kind != "chat"]
    if talking:
        found |= _chats(talking, now)
    if ringing:
        found |= _phones(ringing, people.here_now(now=now).exists(), now)
    return found


def _chats(inboxes: Sequence[Inbox], now: datetime) -> dict[int, Door]:
    pks = [inbox.pk for inbox in inboxes]
    sites = {site.pk: site for site in ChatSite.objects.select_related("inbox").filter(pk__in=pks)}
    waiting = RoutingEntry.objects.filter(state__in=[Way.WAITING, Way.OFFERED], ticket__inbox_id__in=pks)
    lines: dict[int, int] = {}
    queues: set[int] = set()
    for inbox_id, queue_id, count in waiting.values_list("ticket__inbox_id", "queue_id").annotate(n=Count("pk")):
        lines[inbox_id] = lines.get(inbox_id, 0) + count
        queues |= {queue_id} if queue_id else set()
    recent: list[datetime] = []
    if queues:
        moved = AssignmentRecord.objects.filter(queue_id__in=queues, at__gt=now - LATELY).order_by("-at")
        recent = list(moved.values_list("at", flat=True)[:500])
    found = {}
    for inbox in inboxes:
        site = sites.get(inbox.pk) or ChatSite(inbox=inbox)
        before = lines.get(inbox.pk, 0)
        staffed = bool(chats.here_for(inbox, now=now))
        wait = Wait(0) if staffed and not before else Wait(estimated_wait(position=before + 1, recent=recent, now=now))
        link = next((origin for origin in site.origins if origin.startswith("https://")), "")
        found[inbox.pk] = Door(True, staffed or not site.needs_people, wait, _hours(site.calendar_id), link)
    return found


def _phones(inboxes: Sequence[Inbox], here: bool, now: datetime) -> dict[int, Door]:
    pks = [inbox.pk for inbox in inboxes]
    setups = dict(PhoneSetup.objects.filter(pk__in=pks).values_list("pk", "calendar_id"))
    waiting = Call.objects.filter(inbox_id__in=pks, state__in=[Call.State.QUEUED, Call.State.RINGING])
    waiting = waiting.filter(direction=Call.Direction.IN, answered_at=None)
    lines = dict(waiting.order_by().values_list("inbox_id").annotate(n=Count("pk")))
    found = {}
    for pk in pks:
        if here and not lines.get(pk):
            wait = Wait(0)
        else:
            usual = calls.usual_wait(pk, now=now)
            wait = Wait(max(60, int(usual.total_seconds())) if usual is not None else None)
        found[pk] = Door(True, here, wait, _hours(setups.get(pk)))
    return found


def _hours(calendar_id: int | None) -> Calendar | None:
    version = sla.current_version(calendar_id)
    return sla.hours(version) if version else None


def promises(inboxes: Sequence[Inbox], *, now: datetime) -> dict[int, Promise]:
    """By when an ordinary question is answered: by the first service level that holds whoever asks; by the inbox's own
    promise where there is none. A service level that depends on more than the channel promises nothing in public."""
    book = sla.book()
    found: dict[int, Promise] = {}
    for inbox in inboxes:
        for terms in book:
            if not terms.uses <= {"ticket.channel"}:
                continue
            if not matches(terms.conditions, {"ticket.channel": inbox.kind}, now=now):
                continue
            target = terms.target("first_response", NORMAL)
            if target is not None:
                found[inbox.pk] = Promise(target.seconds, target.business)
            break
        if inbox.pk not in found and inbox.promise_hours:
            found[inbox.pk] = Promise(inbox.promise_hours * 3600)
    return found
