"""Who is here, team by team, with what they have in work."""

from dataclasses import dataclass
from datetime import datetime

from hospes.core.actors import Actor
from hospes.desk.shapes.times import ago
from hospes.desk.topics.staffing.lines import state_word
from hospes.desk.topics.staffing.panel import best_skills
from hospes.staff import queries as staff
from hospes.staff.models import Presence, Team
from hospes.staff.queries.on_call import HERE_FIRST
from hospes.tickets.queries.loads import open_by_channel


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the board."""

    pk: int
    name: str
    state: str
    word: str
    since: str
    note: str
    until: datetime | None
    absent: bool
    substitute: str
    on_shift: bool
    on_call: bool
    off: str
    skills: str
    tickets: int
    load: int
    capacity: int

    @property
    def percent(self) -> int:
        """How much of the capacity is used, for the bar: at most 100."""
        return min(100, round(100 * self.load / self.capacity)) if self.capacity else 100


@dataclass(frozen=True, slots=True)
class Group:
    """A team of the board."""

    team: Team | None
    members: list[Member]

    @property
    def here(self) -> int:
        """How many are online."""
        return sum(m.state == "online" and not m.absent for m in self.members)


def board_of(actor: Actor, *, now: datetime) -> list[Group]:
    """Every team with its people, those who are here first; whoever is limited to teams sees theirs. Fifteen queries
    at most, whatever their number."""
    everybody = staff.availability(now)
    rows = {p.pk: p for p in staff.presences()}
    teams = [t for t in staff.teams().select_related("line") if actor.team_ids is None or t.pk in actor.team_ids]
    teams.sort(key=lambda t: (t.back_office, t.tier, t.name))
    names = dict(staff.skills().values_list("pk", "name"))
    counts = open_by_channel(list(everybody))
    duties = staff.on_call_ids(now)
    members = {
        pk: _member(one, rows.get(pk), everybody, names, counts.get(pk, {}), pk in duties, now)
        for pk, one in everybody.items()
    }

    def order(member: Member) -> tuple[bool, int, str]:
        return (member.absent, HERE_FIRST.get(member.state, 9), member.name)

    groups = [
        Group(team, sorted((members[pk] for pk, a in everybody.items() if team.pk in a.team_ids), key=order))
        for team in teams
    ]
    if actor.team_ids is None:
        groups.append(Group(None, sorted((members[pk] for pk, a in everybody.items() if not a.team_ids), key=order)))
    return [group for group in groups if group.members]


def _member(
    one: staff.Available,
    row: Presence | None,
    everybody: dict[int, staff.Available],
    names: dict[int, str],
    counts: dict[str, int],
    on_call: bool,
    now: datetime,
) -> Member:
    heir = everybody.get(one.substitute_id or 0)
    return Member(
        pk=one.agent_id,
        name=one.name,
        state=one.state,
        word=state_word(one.state),
        since=ago(row.changed_at, now=now) if row else "",
        note=row.note if row else "",
        until=row.chosen_until if row else None,
        absent=one.absent,
        substitute=heir.name if heir else "",
        on_shift=one.on_shift,
        on_call=on_call,
        off=", ".join(sorted(channel for channel, on in one.channels.items() if not on)),
        skills=best_skills(one.skills.items(), names),
        tickets=sum(counts.values()),
        load=sum(one.load_of(channel)[0] * count for channel, count in counts.items()),
        capacity=one.capacity,
    )
