"""What waits where, and who is here for it: the board, the API, and the way of one ticket."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q

from hospes.core.actors import Actor
from hospes.routing.models import AssignmentRecord, Nudge, RoutingEntry, State
from hospes.routing.policies import MAX_ATTEMPTS
from hospes.routing.queries.people import here_now
from hospes.routing.queries.rules import Rule, rules
from hospes.staff.models import Team

SHOWN_WAITING = 5
MOST_OFFERS = 5
RINGING = ("voice", "browser", "video")  # calls ring in a window of their own


@dataclass(frozen=True, slots=True)
class Standing:
    """How one queue stands. `here` counts people of its team who are online and on shift, `free` those with room."""

    id: int
    name: str
    team: str
    waiting: int
    offered: int
    oldest_at: datetime | None
    here: int
    free: int
    first: tuple[Any, ...] = ()
    why: tuple[dict[str, Any], ...] = ()


def entry_of(ticket_id: int) -> RoutingEntry | None:
    """The way of one ticket, with its queue and its agent."""
    return RoutingEntry.objects.select_related("queue", "agent").filter(pk=ticket_id).first()


def offered_to(agent_id: int) -> list[RoutingEntry]:
    """What somebody is asked to take now, the one that ends first at the top. Calls ring by themselves."""
    mine = RoutingEntry.objects.filter(agent_id=agent_id, state=State.OFFERED).exclude(ticket__channel__in=RINGING)
    return list(mine.select_related("ticket__customer", "queue").order_by("offer_ends_at", "pk")[:MOST_OFFERS])


def last_assignment(ticket_id: int) -> AssignmentRecord | None:
    """The last time somebody was given a ticket, with who."""
    return AssignmentRecord.objects.select_related("agent", "queue").filter(ticket_id=ticket_id).order_by("-id").first()


def assignments_of(ticket_id: int) -> list[AssignmentRecord]:
    """Everybody who was given a ticket, newest first."""
    return list(AssignmentRecord.objects.select_related("agent", "queue").filter(ticket_id=ticket_id)[:50])


def visible(actor: Actor) -> list[Rule]:
    """The queues that an actor may look at: those of their teams when they are limited to them."""
    found = rules()
    if actor.kind != "agent" or actor.team_ids is None:
        return list(found)
    return [rule for rule in found if rule.team_id is None or rule.team_id in actor.team_ids]


def board(actor: Actor, *, now: datetime, details: bool = True) -> list[Standing]:
    """Every queue as it stands now, in order. Eight queries at most, whatever the number of queues."""
    shown = visible(actor)
    ids = [rule.id for rule in shown]
    counts: dict[int | None, dict[str, Any]] = {
        row["queue_id"]: dict(row)
        for row in RoutingEntry.objects.filter(queue_id__in=ids, state__in=[State.WAITING, State.OFFERED])
        .order_by()
        .values("queue_id")
        .annotate(
            waiting=Count("pk", filter=Q(state=State.WAITING)),
            offered=Count("pk", filter=Q(state=State.OFFERED)),
            oldest=Min("entered_at"),
        )
    }
    names = dict(Team.objects.filter(pk__in={rule.team_id for rule in shown if rule.team_id}).values_list("pk", "name"))
    here, free = _people_here({rule.team_id for rule in shown}, now=now)
    first = _first_waiting(ids) if details else {}
    standings = []
    for rule in shown:
        row: dict[str, Any] = counts.get(rule.id, {})
        entries = first.get(rule.id, [])
        standings.append(
            Standing(
                id=rule.id,
                name=rule.name,
                team=names.get(rule.team_id or 0, ""),
                waiting=row.get("waiting", 0),
                offered=row.get("offered", 0),
                oldest_at=row.get("oldest"),
                here=here[rule.team_id],
                free=free[rule.team_id],
                first=tuple(entry.ticket for entry in entries),
                why=tuple(entries[0].why.get("facts", ())) if entries else (),
            )
        )
    return standings


def _people_here(
    team_ids: Collection[int | None], *, now: datetime
) -> tuple[dict[int | None, int], dict[int | None, int]]:
    """({team: how many are online and on shift}, {team: how many of them have room}); None counts everybody."""
    here: dict[int | None, int] = defaultdict(int)
    free: dict[int | None, int] = defaultdict(int)
    online = here_now(now=now)
    room = {pk: (units or 0) < capacity for pk, capacity, units in online.values_list("pk", "capacity", "load__units")}
    here[None], free[None] = len(room), sum(room.values())
    for pk, team_id in online.filter(memberships__team_id__in=[t for t in team_ids if t]).values_list(
        "pk", "memberships__team_id"
    ):
        here[team_id] += 1
        free[team_id] += room.get(pk, False)
    return here, free


def _first_waiting(queue_ids: Collection[int]) -> dict[int, list[RoutingEntry]]:
    """The first few tickets of each queue's line: one look into the index for each queue, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT found.ticket_id FROM unnest(%s::bigint[]) AS q (id) CROSS JOIN LATERAL ("
            "SELECT ticket_id FROM routing_routingentry WHERE state = 'waiting' AND queue_id = q.id "
            "ORDER BY rank_at, ticket_id LIMIT %s) AS found",
            [list(queue_ids), SHOWN_WAITING],
        )
        ids = [row[0] for row in cursor.fetchall()]
    found: dict[int, list[RoutingEntry]] = defaultdict(list)
    entries = RoutingEntry.objects.filter(pk__in=ids).select_related("ticket").order_by("rank_at", "pk")
    for entry in entries:
        if entry.queue_id is not None:
            found[entry.queue_id].append(entry)
    return found


def stuck() -> list[Nudge]:
    """What routing gave up on after many tries: somebody has to look."""
    return list(Nudge.objects.filter(attempts__gte=MAX_ATTEMPTS).select_related("ticket")[:20])
