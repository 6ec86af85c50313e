"""Who knows what at the kettle shop, who speaks what, who works when, who is on call and who is away."""

import random
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hospes.config.demo.company import COLLEAGUES, FIRST, SECOND, THIRD, Company
from hospes.staff import operations as staff
from hospes.staff.queries import active_agents, actor_of, database_now

SKILLS: Final = ("Returns and refunds", "Billing", "Technical help", "Shipping", "Wholesale", "Complaints")
KNOWS: Final = {
    "admin@demo.example": (2, 3, 5, 2, 3, 4),
    "narek@demo.example": (4, 5, 3, 3, 5, 5),
    "james@demo.example": (5, 4, 3, 4, 4, 5),
    "anna@demo.example": (3, 2, 2, 4, 0, 2),
    "temur@demo.example": (2, 0, 4, 3, 0, 0),
    "elif@demo.example": (4, 3, 0, 5, 2, 3),
    "shirin@demo.example": (3, 4, 5, 0, 0, 3),
}
# By the clock on each one's wall, Monday to Friday. Whoever is not here works whenever they are online.
SHIFTS: Final = {
    "temur@demo.example": (8, 16),
    "elif@demo.example": (9, 17),
    "shirin@demo.example": (13, 21),
}
PHONES: Final = {
    "admin@demo.example": "+371 2000 0101",
    "narek@demo.example": "+374 10 000 102",
    "james@demo.example": "+44 20 7946 0103",
    "shirin@demo.example": "+98 21 0000 0104",
    "oskars@demo.example": "+371 2000 0105",
}
# Two take turns, week by week; the other one is asked second. None is management.
ON_CALL: Final = (
    (None, ("narek@demo.example", "admin@demo.example")),
    (FIRST, ("james@demo.example", "narek@demo.example")),
    (SECOND, ("james@demo.example", "shirin@demo.example")),
    (THIRD, ("admin@demo.example", "oskars@demo.example")),
)
WEEKS: Final = 6
HERE: Final = ("james@demo.example", "elif@demo.example", "shirin@demo.example", "temur@demo.example")
LEASE: Final = timedelta(minutes=10)


def fill(company: Company, *, now: datetime, dice: random.Random) -> None:
    """All of it, as of now."""
    _lines(company, now)
    _abilities(company, now)
    _shifts(company, now)
    _roster(company, now)
    _absences(company, now, dice)
    keep_here()


def keep_here() -> None:
    """Some colleagues sit at their desks: the demo says so as a web process would, for a while."""
    people = list(active_agents().filter(email__in=HERE).values_list("pk", flat=True))
    staff.note_connected(agent_ids=people, process="demo", now=database_now(), active=True, lease=LEASE)


def _lines(company: Company, now: datetime) -> None:
    actor = company.admin()
    kettles = staff.save_line(name="Kettles and samovars", actor=actor, now=now)
    staff.save_line(name="Tea and tableware", actor=actor, now=now)
    for name, team in company.teams.items():
        line = kettles if name == SECOND else None
        staff.change_team(team=team, line=line, time_zone="Europe/Riga", actor=actor, now=now)


def _abilities(company: Company, now: datetime) -> None:
    actor = company.admin()
    skills = [staff.save_skill(name=name, actor=actor, now=now) for name in SKILLS]
    for email, levels in KNOWS.items():
        known = {skill.pk: level for skill, level in zip(skills, levels, strict=True) if level}
        staff.set_agent_skills(agent=company.agents[email], levels=known, actor=actor, now=now)
    for colleague in COLLEAGUES:
        spoken = {code: 5 - place for place, code in enumerate(colleague.speaks.split())}
        staff.set_agent_languages(agent=company.agents[colleague.email], levels=spoken, actor=actor, now=now)
    for email, phone in PHONES.items():
        staff.set_phone(agent=company.agents[email], phone=phone, actor=actor, now=now)
    for channel, weight, limit in (("email", 10, None), ("chat", 15, 3), ("voice", 60, 1), ("whatsapp", 10, 5)):
        staff.set_channel_load(channel=channel, weight=weight, limit=limit, actor=actor, now=now)


def _monday(now: datetime, zone: ZoneInfo) -> datetime:
    here = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return here - timedelta(days=here.weekday())


def _shifts(company: Company, now: datetime) -> None:
    lead = actor_of(company.agents["james@demo.example"], via="desk")
    for email, (start, end) in SHIFTS.items():
        agent = company.agents[email]
        zone = ZoneInfo(agent.time_zone)
        for day in range(5):
            morning = _monday(now, zone) + timedelta(days=day)
            staff.add_shift(
                agent=agent,
                team=company.home(agent),
                starts_at=morning.replace(hour=start).astimezone(UTC),
                ends_at=morning.replace(hour=end).astimezone(UTC),
                weeks=2,
                actor=lead,
                now=now,
            )


def _roster(company: Company, now: datetime) -> None:
    """From last Monday on, without a gap."""
    actor, riga = company.admin(), ZoneInfo("Europe/Riga")
    first = _monday(now, riga) - timedelta(days=7) + timedelta(hours=9)
    for place, pair in ON_CALL:
        for week in range(WEEKS):
            start, end = first + timedelta(weeks=week), first + timedelta(weeks=week + 1)
            for rank, email in enumerate((pair[week % 2], pair[1 - week % 2]), start=1):
                staff.add_on_call(
                    agent=company.agents[email],
                    team=company.teams[place] if place else None,
                    starts_at=start.astimezone(UTC),
                    ends_at=end.astimezone(UTC),
                    rank=rank,
                    actor=actor,
                    now=now,
                )


def _absences(company: Company, now: datetime, dice: random.Random) -> None:
    people, today = company.agents, now.replace(hour=0, minute=0, second=0, microsecond=0)
    oskars, elif_ = people["oskars@demo.example"], people["elif@demo.example"]
    staff.add_absence(
        agent=oskars,
        substitute=people["admin@demo.example"],
        starts_at=today - timedelta(days=1),
        ends_at=today + timedelta(days=dice.randint(3, 6)),
        note="Trade fair in Tallinn",
        actor=actor_of(oskars, via="desk"),
        now=now,
    )
    staff.add_absence(
        agent=elif_,
        substitute=people["anna@demo.example"],
        starts_at=today + timedelta(days=16),
        ends_at=today + timedelta(days=23),
        note="Holiday",
        actor=actor_of(elif_, via="desk"),
        now=now,
    )
