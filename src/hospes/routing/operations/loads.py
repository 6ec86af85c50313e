"""What agents carry, counted under a lock, so that nobody is ever given more than they can take."""

from collections.abc import Mapping
from dataclasses import dataclass

from hospes.routing.models import AgentLoad
from hospes.routing.policies import Candidate


@dataclass(frozen=True, slots=True)
class Delta:
    """How an agent's load changes."""

    units: int
    channel: str
    tickets: int


def change_loads(deltas: Mapping[int, Delta]) -> None:
    """Add to what agents carry. In order of their ids, so that two workers never wait for each other."""
    for agent_id in sorted(deltas):
        _add(_locked(agent_id), deltas[agent_id])


def reserve(one: Candidate, *, channel: str) -> bool:
    """Take a ticket's share of somebody's capacity, unless it has been taken meanwhile."""
    load = _locked(one.id)
    taken = load.channels.get(channel, 0)
    if load.units + one.weight > one.capacity or (one.channel_limit is not None and taken >= one.channel_limit):
        return False
    _add(load, Delta(one.weight, channel, 1))
    return True


def _locked(agent_id: int) -> AgentLoad:
    AgentLoad.objects.bulk_create([AgentLoad(agent_id=agent_id)], ignore_conflicts=True)
    return AgentLoad.objects.select_for_update(no_key=True).get(pk=agent_id)


def _add(load: AgentLoad, delta: Delta) -> None:
    load.units = max(0, load.units + delta.units)
    tickets = max(0, load.channels.get(delta.channel, 0) + delta.tickets)
    load.channels = {**load.channels, delta.channel: tickets}
    load.save(update_fields=["units", "channels"])
