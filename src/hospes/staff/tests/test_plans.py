"""Skills, capacity, shifts, absences and rosters are kept in order, and only by those who may."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, HospesError, InvalidInput, NotAllowed
from hospes.core.models import EventRow
from hospes.staff import operations, policies, queries
from hospes.staff.models import Absence, AgentSkill, OnCall, Shift, Team
from hospes.testing.people import NOON, desk_actor, make_agent, make_team

YEAR = NOON.replace(tzinfo=None, year=2025)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@given(
    start=st.datetimes(YEAR, YEAR.replace(year=2027)),
    zone=st.sampled_from(["Europe/Riga", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "UTC"]),
    weeks=st.integers(1, 53),
)
def test_weekly_hours_are_those_of_the_clock_on_the_wall(start, zone, weeks):
    there = ZoneInfo(zone)
    first = start.replace(tzinfo=there).astimezone(UTC)
    spans = policies.weekly(first, first + 8 * HOUR, weeks, there)
    assert spans[0] == (first, first + 8 * HOUR)
    wall = first.astimezone(there)
    for number, (begins, ends) in enumerate(spans):
        assert ends > begins
        local = begins.astimezone(there)
        # An hour that does not exist on that day moves by the jump; every other begins at the same time of day.
        missing = (wall + timedelta(weeks=number)).astimezone(UTC).astimezone(there)
        assert local.time() in {wall.time(), missing.time()}
        assert (local.date() - wall.date()).days in {7 * number, 7 * number + 1}


@pytest.mark.parametrize(
    ("rights", "mine", "theirs", "role", "may"),
    [
        ({"staffing.all"}, (), (1,), "lead", True),
        ({"staffing.team"}, (1, 2), (2, 3), "lead", True),
        ({"staffing.team"}, (1,), (2,), "lead", False),
        ({"staffing.team"}, (), (), "lead", True),
        ({"staffing.team"}, (), (1,), "lead", False),
        ({"staffing.team"}, (1,), (), "manager", False),
        ({"staffing.team"}, (1,), (1,), "manager", True),
        (set(), (1,), (1,), "agent", False),
    ],
)
def test_who_plans_for_whom(rights, mine, theirs, role, may):
    assert policies.may_staff(frozenset(rights), mine, theirs, role) is may


def _all_kinds(agent, team, actor):
    """Every operation on plans, as something to try."""
    span = {"starts_at": NOON, "ends_at": NOON + HOUR}
    skill = operations.save_skill(name="Returns", actor=SYSTEM, now=NOON) if not queries.skills() else None
    skill = skill or queries.skills().get()
    common = {"actor": actor, "now": NOON}
    return {
        "skills": lambda: operations.set_agent_skills(agent=agent, levels={skill.pk: 3}, **common),
        "languages": lambda: operations.set_agent_languages(agent=agent, levels={"lv": 4}, **common),
        "capacity": lambda: operations.set_capacity(agent=agent, capacity=10, **common),
        "load": lambda: operations.set_channel_load(channel="chat", weight=9, agent=agent, **common),
        "everybody's load": lambda: operations.set_channel_load(channel="chat", weight=9, **common),
        "shift": lambda: operations.add_shift(agent=agent, team=team, **span, **common),
        "absence": lambda: operations.add_absence(agent=agent, **span, **common),
        "duty": lambda: operations.add_on_call(agent=agent, team=team, **span, **common),
        "management's duty": lambda: operations.add_on_call(agent=agent, team=None, **span, **common),
        "phone": lambda: operations.set_phone(agent=agent, phone="112", **common),
        "skill list": lambda: operations.save_skill(name="Billing", **common),
        "line": lambda: operations.save_line(name="Kettles", **common),
    }


LEADS = {"skills", "languages", "capacity", "load", "shift", "absence", "duty", "phone", "skill list"}
EVERYTHING = LEADS | {"everybody's load", "management's duty"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ("self", {"absence", "phone"}),
        ("colleague", set()),
        ("lead", LEADS),
        ("far lead", {"skill list"}),
        ("manager", EVERYTHING),
        ("admin", EVERYTHING | {"line"}),
    ],
)
def test_who_may_change_which_plan(who, allowed):
    ours, theirs = make_team("Ours"), make_team("Theirs")
    agent = make_agent(teams=(ours,))
    actors = {
        "self": lambda: agent,
        "colleague": lambda: make_agent("Ada", teams=(ours,)),
        "lead": lambda: make_agent("Lea", role="lead", teams=(ours,)),
        "far lead": lambda: make_agent("Lou", role="lead", teams=(theirs,)),
        "manager": lambda: make_agent("Max", role="manager"),
        "admin": lambda: make_agent("Adi", role="admin"),
    }
    did = set()
    for name, attempt in _all_kinds(agent, ours, desk_actor(actors[who]())).items():
        try:
            attempt()
        except NotAllowed:
            continue
        did.add(name)
    assert did == allowed


@pytest.mark.django_db
def test_whom_one_may_plan_for_is_what_the_operations_allow():
    ours, theirs = make_team("Ours"), make_team("Theirs")
    lead = make_agent("Lead", role="lead", teams=(ours,))
    people = [lead, make_agent("A", teams=(ours,)), make_agent("B", teams=(theirs,)), make_agent("C")]
    for who, names in ((lead, ["A", "C", "Lead"]), (people[1], []), (make_agent("M", role="manager"), None)):
        found = [a.name for a in queries.may_plan_for(desk_actor(who))]
        assert found == (["A", "B", "C", "Lead", "M"] if names is None else names)
        for agent in people:
            try:
                operations.set_capacity(agent=agent, capacity=77, actor=desk_actor(who), now=NOON)
                assert agent.name in found
            except NotAllowed:
                assert agent.name not in found
    assert list(queries.rosters_of(desk_actor(lead))) == [ours]


@pytest.mark.django_db
def test_skills_are_set_as_a_list_or_one_by_one():
    agent = make_agent()
    one, two = (operations.save_skill(name=n, actor=SYSTEM, now=NOON) for n in ("Billing", "Returns"))
    operations.set_agent_skills(agent=agent, levels={one.pk: 2, two.pk: 5}, actor=SYSTEM, now=NOON)
    operations.set_agent_skills(agent=agent, levels={one.pk: 4}, actor=SYSTEM, now=NOON, keep_others=True)
    operations.set_agent_skills(agent=agent, levels={two.pk: 0}, actor=SYSTEM, now=NOON, keep_others=True)
    assert list(AgentSkill.objects.values_list("skill_id", "level")) == [(one.pk, 4)]
    said = EventRow.objects.filter(name="SkillsChanged").order_by("id").values_list("data__skills", flat=True)
    assert list(said) == ["Billing 2, Returns 5", "Billing 4, Returns 5", "Billing 4"]
    for levels in ({one.pk: 6}, {10**9: 3}):
        with pytest.raises(InvalidInput):
            operations.set_agent_skills(agent=agent, levels=levels, actor=SYSTEM, now=NOON)


@pytest.mark.django_db
def test_a_skill_that_was_put_away_comes_back_with_its_holders():
    agent = make_agent()
    skill = operations.save_skill(name="Returns", actor=SYSTEM, now=NOON)
    operations.set_agent_skills(agent=agent, levels={skill.pk: 3}, actor=SYSTEM, now=NOON)
    with pytest.raises(Conflict):
        operations.save_skill(name="returns", actor=SYSTEM, now=NOON)
    operations.archive_skill(skill=skill, actor=SYSTEM, now=NOON)
    assert queries.availability(NOON)[agent.pk].skills == {}
    assert operations.save_skill(name="Returns", actor=SYSTEM, now=NOON) == skill
    assert dict(queries.availability(NOON)[agent.pk].skills) == {skill.pk: 3}


@pytest.mark.django_db
def test_shifts_repeat_and_never_overlap():
    agent = make_agent()
    span = {"starts_at": NOON, "ends_at": NOON + 8 * HOUR}
    assert len(operations.add_shift(agent=agent, weeks=4, **span, actor=SYSTEM, now=NOON)) == 4
    with pytest.raises(Conflict) as refused:
        operations.add_shift(
            agent=agent, starts_at=NOON + 21 * DAY + HOUR, ends_at=NOON + 21 * DAY + 2 * HOUR, actor=SYSTEM, now=NOON
        )
    assert "2026-05-25" in str(refused.value.message)
    first = Shift.objects.first()
    operations.change_shift(shift=first, ends_at=NOON + HOUR, note="Short", actor=SYSTEM, now=NOON)
    operations.remove_shift(shift=first, actor=SYSTEM, now=NOON)
    operations.remove_shift(shift=first, actor=SYSTEM, now=NOON)
    assert Shift.objects.count() == 3
    whats = EventRow.objects.filter(name="ShiftsChanged").order_by("id").values_list("data__what", "data__count")
    assert list(whats) == [("added", 4), ("changed", 1), ("removed", 1)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attempt", "field"),
    [
        (lambda a: operations.add_shift(agent=a, starts_at=NOON, ends_at=NOON, actor=SYSTEM, now=NOON), "ends_at"),
        (lambda a: operations.add_shift(agent=a, starts_at=NOON, ends_at=NOON + 2 * DAY, actor=SYSTEM, now=NOON),
         "ends_at"),
        (lambda a: operations.add_shift(agent=a, starts_at=NOON, ends_at=NOON + HOUR, weeks=54, actor=SYSTEM, now=NOON),
         "weeks"),
        (lambda a: operations.add_absence(agent=a, starts_at=NOON - DAY, ends_at=NOON, actor=SYSTEM, now=NOON),
         "ends_at"),
        (lambda a: operations.add_absence(agent=a, starts_at=NOON, ends_at=NOON + DAY, substitute=a, actor=SYSTEM,
                                          now=NOON), "substitute"),
        (lambda a: operations.add_on_call(agent=a, team=None, starts_at=NOON, ends_at=NOON + DAY, rank=0, actor=SYSTEM,
                                          now=NOON), "rank"),
        (lambda a: operations.set_phone(agent=a, phone="<script>", actor=SYSTEM, now=NOON), "phone"),
        (lambda a: operations.set_agent_languages(agent=a, levels={"l!": 3}, actor=SYSTEM, now=NOON), "language"),
        (lambda a: operations.set_capacity(agent=a, capacity=-1, actor=SYSTEM, now=NOON), "capacity"),
        (lambda a: operations.set_channel_load(channel="a b", weight=1, actor=SYSTEM, now=NOON), "channel"),
    ],
)  # fmt: skip
def test_plans_that_make_no_sense_are_refused_with_the_field(attempt, field):
    with pytest.raises(HospesError) as refused:
        attempt(make_agent())
    assert refused.value.field == field
    assert not Shift.objects.exists()
    assert not Absence.objects.exists()
    assert not OnCall.objects.exists()


@pytest.mark.django_db
def test_lines_and_tiers_of_teams():
    line = operations.save_line(name="Kettles", actor=SYSTEM, now=NOON)
    team = operations.create_team(name="Experts", tier=2, actor=SYSTEM, now=NOON)
    operations.change_team(
        team=team, line=line, tier=3, back_office=True, time_zone="Europe/Riga", actor=SYSTEM, now=NOON
    )
    team = Team.objects.get()
    assert (team.line, team.tier, team.back_office, team.time_zone) == (line, 3, True, "Europe/Riga")
    operations.change_team(team=team, line=None, actor=SYSTEM, now=NOON)
    assert Team.objects.get().line is None
    with pytest.raises(InvalidInput):
        operations.change_team(team=team, tier=4, actor=SYSTEM, now=NOON)
    with pytest.raises(Conflict):
        operations.save_line(name="Kettles", actor=SYSTEM, now=NOON)
    operations.save_line(name="Kettles", line=line, archived=True, actor=SYSTEM, now=NOON)
    assert not queries.lines().exists()
