"""What routing's tests share: a company with people who are here, and a worker that works until nothing is left."""

from datetime import datetime
from typing import Any

from hospes.core import clock, outbox
from hospes.core.actors import SYSTEM
from hospes.routing import operations
from hospes.routing.models import Queue
from hospes.staff.models import Agent, AgentLanguage, AgentSkill, Presence, Skill, Team
from hospes.testing.people import NOON, make_agent


def person(
    name: str,
    *teams: Team,
    state: str = "online",
    languages: tuple[str, ...] = ("en",),
    skills: dict[str, int] | None = None,
    **more: Any,
) -> Agent:
    """An agent who is here, speaks and knows something."""
    capacity = more.pop("capacity", None)
    agent = make_agent(name, teams=teams, **more)
    if capacity is not None:
        Agent.objects.filter(pk=agent.pk).update(capacity=capacity)
    is_now(agent, state)
    AgentLanguage.objects.bulk_create(AgentLanguage(agent=agent, language=code, level=5) for code in languages)
    for skill, level in (skills or {}).items():
        AgentSkill.objects.create(agent=agent, skill=Skill.objects.get_or_create(name=skill)[0], level=level)
    return agent


def is_now(agent: Agent, state: str, *, since: datetime = NOON) -> None:
    """The agent's presence, as if it had come about so."""
    Presence.objects.update_or_create(agent=agent, defaults={"state": state, "changed_at": since})


def queue(name: str = "Everything", **values: Any) -> Queue:
    """A queue."""
    return operations.create_queue(name=name, actor=SYSTEM, now=NOON, **values)


def work(now: datetime | None = None) -> None:
    """Let events be heard and tickets be routed until nothing is left to do at this moment."""
    for _round in range(200):
        heard = outbox.drain(now=clock.now())
        routed = operations.work_through(now=now or clock.now())
        if not heard and not routed:
            return
    raise AssertionError("routing goes round in circles")
