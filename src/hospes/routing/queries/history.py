"""Tickets of the past and today's people, as replaying.py wants them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from hospes.core.facts import About, LazyFacts
from hospes.routing.models import AssignmentRecord, Queue
from hospes.routing.policies import Candidate, Work
from hospes.routing.queries.people import costs
from hospes.routing.queries.rules import Rule, as_rule
from hospes.routing.replaying import Past, Shifted
from hospes.staff.models import Agent, AgentLanguage, AgentSkill, Membership, Shift, Skill
from hospes.tickets.models import Ticket

MOST: Final = 200_000


def pasts(*, since: datetime, until: datetime) -> list[Past]:
    """Tickets that came in between, spam left out, oldest first; their fields are asked as they are today."""
    found = (
        Ticket.objects.filter(created_at__gte=since, created_at__lt=until, spam=False, merged_into=None)
        .select_related("customer__company")
        .prefetch_related("tags")
        .order_by("created_at", "id")[:MOST]
    )
    tickets = list(found)
    first = dict(
        AssignmentRecord.objects.filter(ticket__in=[t.pk for t in tickets])
        .order_by("-id")
        .values_list("ticket_id", "agent_id")
    )
    return [_past(ticket, first.get(ticket.pk, ticket.assignee_id), until=until) for ticket in tickets]


def _past(ticket: Ticket, owner_id: int | None, *, until: datetime) -> Past:
    work = Work(
        ticket_id=ticket.pk,
        language=ticket.language,
        channel=ticket.channel,
        tier=ticket.tier,
        priority=ticket.priority,
        vip=ticket.customer.vip,
        entered_at=ticket.created_at,
    )
    return Past(
        id=ticket.pk,
        at=ticket.created_at,
        work=work,
        facts=LazyFacts(About(now=ticket.created_at, ticket=ticket)),
        team_id=ticket.inbox.team_id if ticket.inbox_id else None,
        owner_id=owner_id,
        customer_id=ticket.customer_id,
        busy_for=max(timedelta(minutes=1), (ticket.solved_at or until) - ticket.created_at),
    )


def people_today(*, since: datetime, until: datetime, channel: str = "email") -> list[Shifted]:
    """Everybody who may be given tickets, with what they know and carry today, and their shifts of that time."""
    agents = list(Agent.objects.filter(is_active=True).exclude(role="light").order_by("pk"))
    ids = [agent.pk for agent in agents]
    skills: dict[int, dict[int, int]] = defaultdict(dict)
    for agent_id, skill, level in AgentSkill.objects.values_list("agent_id", "skill_id", "level"):
        skills[agent_id][skill] = level
    languages: dict[int, dict[str, int]] = defaultdict(dict)
    for agent_id, language, level in AgentLanguage.objects.values_list("agent_id", "language", "level"):
        languages[agent_id][language] = level
    teams: dict[int, set[int]] = defaultdict(set)
    tiers: dict[int, int] = defaultdict(lambda: 1)
    for agent_id, team_id, tier in Membership.objects.values_list("agent_id", "team_id", "team__tier"):
        teams[agent_id].add(team_id)
        tiers[agent_id] = max(tiers[agent_id], tier)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for agent_id, start, end in Shift.objects.filter(ends_at__gt=since, starts_at__lt=until).values_list(
        "agent_id", "starts_at", "ends_at"
    ):
        spans[agent_id].append((start, end))
    own, usual = costs(channel, ids)
    return [
        Shifted(
            Candidate(
                id=agent.pk,
                name=agent.name,
                team_ids=frozenset(teams[agent.pk]),
                tier=tiers[agent.pk],
                skills=skills[agent.pk],
                languages=languages[agent.pk],
                capacity=agent.capacity,
                weight=own.get(agent.pk, usual).weight,
                channel_limit=own.get(agent.pk, usual).limit,
            ),
            tuple(sorted(spans[agent.pk])),
        )
        for agent in agents
    ]


def rules_of(values: Sequence[dict[str, Any]]) -> list[Rule]:
    """Queues of a file as rules, without saving anything. Steps to queues that the file lacks are left out."""
    names = dict(Skill.objects.values_list("pk", "name"))
    places = {str(one.get("name")): place for place, one in enumerate(values, start=1)}
    found = []
    for place, one in enumerate(values, start=1):
        plain = dict(one)
        steps = [
            {**step, "queue": places[step["queue"]]} if "queue" in step else step
            for step in plain.pop("overflow")
            if "queue" not in step or step["queue"] in places
        ]
        team_id = plain.pop("team")
        queue = Queue(pk=place, position=place, team_id=team_id, overflow=steps, **plain)
        if queue.active:
            found.append(as_rule(queue, names))
    return found
