"""Reads of swarms: who could help now, the room, solutions kept, the figures."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from hospes.core.actors import Actor
from hospes.core.errors import NotFound
from hospes.core.models import EventRow
from hospes.routing.models import AgentLoad, Swarm, SwarmMember, SwarmNote
from hospes.routing.tiers import median
from hospes.staff.queries import availability, experts_now
from hospes.tickets.models import Ticket
from hospes.tickets.queries.lists import visible


@dataclass(frozen=True, slots=True)
class Expert:
    """Somebody who could help: why, how well, and how much they have to do now."""

    agent_id: int
    name: str
    skill_id: int | None = None
    level: int = 0
    load: int = 0
    capacity: int = 0


def experts_for(
    ticket: Ticket, skill_ids: Sequence[int], *, without: Collection[int] = (), now: datetime
) -> list[Expert]:
    """Who is here, may see the ticket and knows one of the skills: first who knows it best, then who has least to do.
    Without a skill named nobody is chosen for you."""
    if not skill_ids:
        return []
    people = {pk: one for pk, one in availability(now).items() if pk not in without}
    here = experts_now(people.values(), skill_ids=skill_ids, least=1)
    loads = dict(AgentLoad.objects.filter(agent_id__in=[one.agent_id for one in here]).values_list("agent_id", "units"))
    found = []
    for one in here:
        if one.only_own_teams and ticket.team_id not in one.team_ids:
            continue
        skill = max((pk for pk in skill_ids if pk in one.skills), key=lambda pk: one.skills[pk])
        load = loads.get(one.agent_id, 0)
        found.append(Expert(one.agent_id, one.name, skill, one.skills[skill], load, one.capacity))
    return sorted(found, key=lambda e: (e.load >= e.capacity, -e.level, e.load, e.name))


def swarms_of(ticket: Ticket) -> QuerySet[Swarm]:
    """A ticket's swarms, newest first."""
    return Swarm.objects.filter(ticket=ticket).select_related("owner", "article").order_by("-id")


def get_swarm(actor: Actor, swarm_id: int) -> Swarm:
    """One swarm on a ticket that the actor may see. Raises NotFound."""
    found = Swarm.objects.select_related("owner", "article").filter(pk=swarm_id, ticket__in=visible(actor)).first()
    if found is None:
        raise NotFound
    return found


def members_of(swarm: Swarm) -> list[SwarmMember]:
    """Everybody who was called or came."""
    return list(SwarmMember.objects.filter(swarm=swarm).select_related("agent", "skill"))


def notes_of(swarm: Swarm, *, limit: int = 200) -> list[SwarmNote]:
    """What was said in the side room, the newest `limit`, oldest first."""
    return list(SwarmNote.objects.filter(swarm=swarm).order_by("-id")[:limit])[::-1]


@dataclass(slots=True)
class Figures:
    """What swarms did in a span of time; times in seconds."""

    count: int = 0
    solved: int = 0
    first_expert: float | None = None
    solution: float | None = None
    reused: int = 0
    by_skill: list[tuple[str, int, float | None]] = field(default_factory=list)
    by_expert: list[tuple[str, int, int]] = field(default_factory=list)


def swarm_figures(*, since: datetime, until: datetime) -> Figures:
    """How many, how soon an expert came, how long to the solution (both as the median), by skill and expert, how often
    a solution helped again. Four queries."""
    swarms = list(Swarm.objects.filter(started_at__gte=since, started_at__lt=until).prefetch_related("skills"))
    took = {s.pk: (s.ended_at - s.started_at).total_seconds() for s in swarms if s.ended_at and s.solved}
    skills: dict[str, list[Swarm]] = defaultdict(list)
    for swarm in swarms:
        for skill in swarm.skills.all():
            skills[skill.name].append(swarm)
    came: dict[str, list[int]] = defaultdict(list)
    joined = SwarmMember.objects.filter(swarm__in=[s.pk for s in swarms], joined_at__isnull=False)
    for name, swarm_id in joined.order_by("agent__name").values_list("agent__name", "swarm_id"):
        came[name].append(swarm_id)
    reused = EventRow.objects.filter(name="SolutionReused", at__gte=since, at__lt=until).count()
    return Figures(
        count=len(swarms),
        solved=len(took),
        first_expert=median((s.first_expert_at - s.started_at).total_seconds() for s in swarms if s.first_expert_at),
        solution=median(took.values()),
        reused=reused,
        by_skill=sorted((name, len(of), median(took[s.pk] for s in of if s.pk in took)) for name, of in skills.items()),
        by_expert=[(name, len(of), sum(pk in took for pk in of)) for name, of in came.items()],
    )
