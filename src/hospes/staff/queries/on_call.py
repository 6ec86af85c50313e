"""Who is to be reached now, and where nobody is."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet

from hospes.staff.models import Agent, OnCall, Presence, PresenceState, Role, Team
from hospes.staff.policies import Span, gaps, stand_in
from hospes.staff.queries.availability import Available, substitutes_now

HERE_FIRST: Final = {"online": 0, "busy": 1, "away": 2, "offline": 3}


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody to be reached now. `until` ends their duty (None when no duty is planned and they are merely asked
    because nobody is on call); `instead_of` is who is on the roster but absent."""

    agent_id: int
    name: str
    role: str
    phone: str
    state: str
    team_id: int | None = None
    rank: int = 1
    note: str = ""
    until: datetime | None = None
    instead_of: str = ""


def on_call_now(team_id: int | None, now: datetime) -> list[Reachable]:
    """Who is on call for a team (None: for management), first the one to be asked first. Who is absent is replaced by
    their substitute, or left out."""
    return _on_call([team_id], now).get(team_id, [])


def reachable_now(now: datetime, team_ids: Iterable[int] | None = None) -> dict[int | None, list[Reachable]]:
    """On call now by team, and under None for management: there managers and admins stand in when nobody is on call,
    those who are here first. Teams without anybody have no entry. At most four queries."""
    wanted = None if team_ids is None else [None, *team_ids]
    found = _on_call(wanted, now)
    if not found.get(None):
        absent = substitutes_now(now)
        managers = Agent.objects.filter(is_active=True, role__in=(Role.MANAGER, Role.ADMIN)).exclude(pk__in=absent)
        found[None] = sorted(
            (_reachable(agent) for agent in managers.select_related("presence")),
            key=lambda r: (HERE_FIRST.get(r.state, 9), r.role != Role.MANAGER, r.name),
        )
    return found


def _reachable(agent: Agent, **more: Any) -> Reachable:
    presence: Presence | None = getattr(agent, "presence", None)  # nobody has one before they first open a desk
    state = presence.state if presence else PresenceState.OFFLINE
    return Reachable(agent_id=agent.pk, name=agent.name, role=agent.role, phone=agent.phone, state=state, **more)


def _on_call(team_ids: list[int | None] | None, now: datetime) -> dict[int | None, list[Reachable]]:
    duties = _duties(now).select_related("agent__presence")
    if team_ids is not None:
        given = [pk for pk in team_ids if pk is not None]
        asked = Q(team_id__in=given) | Q(team=None) if None in team_ids else Q(team_id__in=given)
        duties = duties.filter(asked)
    rows = list(duties.order_by("rank", "starts_at", "pk"))
    absent = substitutes_now(now) if rows else {}
    people = {row.agent_id: row.agent for row in rows}
    heirs = {pk: stand_in(pk, absent) if pk in absent else pk for pk in people}
    strangers = {pk for pk in heirs.values() if pk} - set(people)
    if strangers:
        people |= {a.pk: a for a in Agent.objects.filter(pk__in=strangers).select_related("presence")}
    found: dict[int | None, list[Reachable]] = defaultdict(list)
    for row in rows:
        heir = heirs[row.agent_id]
        if heir is None or any(one.agent_id == heir for one in found[row.team_id]):
            continue
        replaced = row.agent.name if heir != row.agent_id else ""
        more = {"team_id": row.team_id, "rank": row.rank, "note": row.note, "until": row.ends_at}
        found[row.team_id].append(_reachable(people[heir], instead_of=replaced, **more))
    return {team: listed for team, listed in found.items() if listed}


def _duties(now: datetime) -> QuerySet[OnCall]:
    return OnCall.objects.filter(starts_at__lte=now, ends_at__gt=now, agent__is_active=True)


def on_call_ids(now: datetime) -> set[int]:
    """Who is on call now, for whatever."""
    return set(_duties(now).values_list("agent_id", flat=True))


def experts_now(available: Iterable[Available], *, skill_ids: Iterable[int] = (), least: int = 4) -> list[Available]:
    """Of these, who is here and knows one of the skills well (any skill when none is named), the best first."""
    wanted = set(skill_ids)

    def best(one: Available) -> int:
        return max((n for pk, n in one.skills.items() if not wanted or pk in wanted), default=0)

    here = [one for one in available if one.state == "online" and not one.absent and best(one) >= least]
    return sorted(here, key=lambda one: (-best(one), one.name))


def roster_gaps(
    now: datetime, *, days: int = 14, teams: Iterable[Team] = (), management: bool = True
) -> dict[int | None, list[Span]]:
    """Where nobody is on call in the coming days: of management (None), and of those teams that have a roster."""
    end = now + timedelta(days=days)
    ids = [team.pk for team in teams]
    rows = OnCall.objects.filter(starts_at__lt=end, ends_at__gt=now, agent__is_active=True)
    rows = rows.filter(Q(team_id__in=ids) | Q(team=None))
    spans: dict[int | None, list[Span]] = defaultdict(list)
    for team_id, start, stop in rows.values_list("team_id", "starts_at", "ends_at"):
        spans[team_id].append((start, stop))
    wanted: list[int | None] = [pk for pk in ids if pk in spans]
    if management:
        wanted.insert(0, None)
    found = {team_id: gaps(spans.get(team_id, []), now, end) for team_id in wanted}
    return {team_id: holes for team_id, holes in found.items() if holes}
