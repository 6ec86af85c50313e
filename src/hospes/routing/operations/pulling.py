"""The routing worker looks at one agent: whoever has room gets what waits, and whoever has gone gives back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import connection

from hospes.routing.models import AgentLoad, RoutingEntry, State
from hospes.routing.operations.looking import look_at_ticket
from hospes.routing.operations.nudges import nudge_agents, nudge_tickets
from hospes.routing.queries.people import whether_here
from hospes.routing.queries.rules import Rule, rules
from hospes.staff.models import Agent, AgentLanguage, AgentSkill, Membership, Presence, PresenceState

AT_ONCE: Final = 10
MOST_GIVEN_BACK: Final = 500
_LINE = """
SELECT found.ticket_id FROM unnest(%s::bigint[], %s::text[]) AS place (queue_id, needs)
CROSS JOIN LATERAL (
    SELECT e.ticket_id, e.rank_at FROM routing_routingentry e
    WHERE e.state = 'waiting' AND e.queue_id = place.queue_id AND e.needs = place.needs
      AND NOT e.declined @> to_jsonb(%s::bigint)
    ORDER BY e.rank_at, e.ticket_id LIMIT %s
) AS found ORDER BY found.rank_at, found.ticket_id LIMIT %s
"""


def look_at_agent(agent_id: int, *, now: datetime) -> None:
    """Give them what waits while they have room; when they are gone, look at what customers wait for of theirs."""
    here = whether_here(agent_id, now=now)
    if here.state == PresenceState.ONLINE and here.active and here.absent_until is None:
        pull_for(agent_id, now=now)
        return
    if here.gone or not here.active or here.absent_until is not None:
        theirs = RoutingEntry.objects.filter(
            agent_id=agent_id, state__in=[State.ASSIGNED, State.OFFERED], units__gt=0
        ).values_list("ticket_id", flat=True)
        nudge_tickets(theirs[:MOST_GIVEN_BACK], now=now)


def pull_for(agent_id: int, *, now: datetime) -> int:
    """Hand out the first of the lines that this agent could take, until they are full or nothing is left for them;
    returns how many tickets found somebody (it may be a colleague: the decision is the ordinary one)."""
    given = 0
    places = lines_of(agent_id)
    tried: set[int] = set()
    while places and _has_room(agent_id):
        waiting = [t for t in first_in(places, agent_id, limit=AT_ONCE + len(tried)) if t not in tried]
        if not waiting:
            break
        for ticket_id in waiting:
            tried.add(ticket_id)
            if look_at_ticket(ticket_id, now=now):
                tried.discard(ticket_id)
                given += 1
                if not _has_room(agent_id):
                    break
        if len(tried) > 5 * AT_ONCE:  # what waits does not fit this agent after all; a later nudge tries again
            break
    return given


def _has_room(agent_id: int) -> bool:
    capacity = Agent.objects.filter(pk=agent_id).values_list("capacity", flat=True).first() or 0
    taken = AgentLoad.objects.filter(pk=agent_id).values_list("units", flat=True).first() or 0
    return taken < capacity


def lines_of(agent_id: int) -> list[tuple[int, str]]:
    """The places (queue, language) in whose lines tickets may stand for this agent."""
    found = rules()
    if not found:
        return []
    teams = set(Membership.objects.filter(agent_id=agent_id).values_list("team_id", flat=True))
    skills = dict(AgentSkill.objects.filter(agent_id=agent_id).values_list("skill_id", "level"))
    speaks = list(AgentLanguage.objects.filter(agent_id=agent_id).values_list("language", flat=True))
    off = Presence.objects.filter(pk=agent_id).values_list("channels", flat=True).first() or {}
    return [
        (rule.id, needs)
        for rule in found
        if _is_for(rule, teams, skills, off)
        for needs in ("", *(speaks if rule.match_language == "required" else ()))
    ]


def _is_for(rule: Rule, teams: set[int], skills: dict[int, int], off: dict[str, bool]) -> bool:
    mine = rule.team_id is None or rule.team_id in teams or any(s.get("team") in teams for s in rule.overflow)
    knows = all(skills.get(skill, 0) >= level for skill, level in rule.skills)
    return mine and knows and not (rule.channels and all(off.get(channel) is False for channel in rule.channels))


def first_in(places: Iterable[tuple[int, str]], agent_id: int, *, limit: int) -> list[int]:
    """The tickets that go first in these lines, whatever their length: one look into an index for each line."""
    listed = list(places)
    with connection.cursor() as cursor:
        cursor.execute(
            _LINE, [[queue for queue, _needs in listed], [needs for _queue, needs in listed], agent_id, limit, limit]
        )
        return [row[0] for row in cursor.fetchall()]


def look_around(*, now: datetime) -> int:
    """The safety net, each minute: whoever is here with room while something waits is looked at. It also notices
    shifts that begin, which are no event."""
    if not RoutingEntry.objects.filter(state=State.WAITING).exists():
        return 0
    here = Presence.objects.filter(state=PresenceState.ONLINE).values_list("agent_id", flat=True)
    ids = list(here[:2000])
    nudge_agents(ids, now=now)
    return len(ids)
