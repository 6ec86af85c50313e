"""Who can be reached for a ticket now, in one step: those on call of the team and of management, free experts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.desk.access import DeskRequest
from hospes.desk.topics.staffing.lines import state_word
from hospes.staff import queries as staff
from hospes.staff.models import Role
from hospes.tickets.models import Ticket

MOST_EXPERTS = 6
SHOWN_SKILLS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be reached, as screens show them."""

    pk: int
    name: str
    state: str
    state_word: str
    phone: str
    why: str
    note: str = ""
    until: datetime | None = None


def person_of(found: staff.Reachable, why: str) -> Person:
    """Somebody on call as screens show them."""
    if found.instead_of:
        why = _("%(why)s, for %(name)s") % {"why": why, "name": found.instead_of}
    return Person(
        found.agent_id, found.name, found.state, state_word(found.state), found.phone, why, found.note, found.until
    )


def on_call_people(found: Iterable[staff.Reachable], why: str, *, me: int, seen: set[int]) -> list[Person]:
    """Those on call without oneself, each once."""
    people = []
    for one in found:
        if one.agent_id != me and one.agent_id not in seen:
            seen.add(one.agent_id)
            people.append(person_of(one, why))
    return people


def management_people(found: Iterable[staff.Reachable], *, me: int, seen: set[int]) -> list[Person]:
    """Of management: those on call; or managers by their role, when nobody is."""
    people = []
    for one in found:
        why = _("Management on call") if one.until else str(Role(one.role).label)
        people += on_call_people([one], why, me=me, seen=seen)
    return people


def panel_of(request: DeskRequest, ticket: Ticket) -> dict[str, Any] | None:
    """The first of the team's and of management's on-call people; the others come when asked for."""
    if not request.actor.may("ticket.note"):
        return None
    team_ids = [ticket.team_id] if ticket.team_id else []
    reachable = staff.reachable_now(clock.now(), team_ids)
    seen: set[int] = set()
    me = request.actor.own_id
    of_team = [one for one in reachable.get(ticket.team_id, []) if team_ids and one.agent_id != me]
    first = on_call_people(of_team[:1], _("Team on call"), me=me, seen=seen)
    management = reachable.get(None, [])
    others = [one for one in management if one.agent_id not in {me, *seen}]
    first += management_people(others[:1], me=me, seen=seen)
    return {"people": first, "planned": any(one.until for one in management)}


def reach_groups(ticket: Ticket, *, me: int, now: datetime) -> list[tuple[str, list[Person]]]:
    """Everybody who can be reached, by why: management, the ticket's team, other teams by tier, experts here."""
    reachable = staff.reachable_now(now)
    teams = sorted(staff.teams(), key=lambda t: (t.pk != ticket.team_id, t.tier, t.name))
    everybody = staff.availability(now)
    allowed = {a.agent_id for a in everybody.values() if may_open(a, ticket)}
    seen: set[int] = {pk for pk in everybody if pk not in allowed}
    groups = []
    management = management_people(reachable.get(None, []), me=me, seen=seen)
    groups.append((_("Management"), management))
    for team in teams:
        found = on_call_people(reachable.get(team.pk, []), _("On call"), me=me, seen=seen)
        # Translators: a team and its tier from 1 to 3
        groups.append((_("%(team)s, tier %(tier)d") % {"team": team.name, "tier": team.tier}, found))
    names = dict(staff.skills().values_list("pk", "name"))
    experts = [a for a in staff.experts_now(everybody.values()) if a.agent_id in allowed - seen and a.agent_id != me]
    groups.append((_("Experts who are here"), [expert_of(one, names) for one in experts[:MOST_EXPERTS]]))
    seen |= {one.agent_id for one in experts[:MOST_EXPERTS]}
    mates = [a for a in everybody.values() if ticket.team_id in a.team_ids and a.state == "online" and not a.absent]
    others = [a for a in mates if a.agent_id in allowed - seen and a.agent_id != me]
    groups.append((_("The team, online"), [expert_of(one, names) for one in others[:MOST_EXPERTS]]))
    return [(label, people) for label, people in groups if people]


def may_open(one: staff.Available, ticket: Ticket) -> bool:
    """Whether somebody may see the ticket they would be called to."""
    return not one.only_own_teams or ticket.team_id in one.team_ids or one.agent_id == ticket.assignee_id


def expert_of(one: staff.Available, names: dict[int, str]) -> Person:
    """Somebody who is here, with what they know best."""
    return Person(one.agent_id, one.name, one.state, state_word(one.state), "", best_skills(one.skills.items(), names))


def best_skills(skills: Iterable[tuple[int, int]], names: dict[int, str]) -> str:
    """The best known skills in words: "Returns 5, Billing 4"."""
    best = sorted(((-level, names.get(pk, "")) for pk, level in skills if pk in names))[:SHOWN_SKILLS]
    return _(", ").join(f"{name} {-level}" for level, name in best)
