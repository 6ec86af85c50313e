"""What routing asks about agents, who stands in, and who is to be reached now."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.staff import operations, policies, queries
from hospes.staff.models import Presence
from hospes.testing.people import NOON, make_agent, make_team

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


def here(*agents):
    operations.note_connected(agent_ids=[a.pk for a in agents], process="w", now=NOON, active=True)


def away(agent, substitute=None, *, start=NOON - HOUR, end=NOON + HOUR):
    return operations.add_absence(
        agent=agent, starts_at=start, ends_at=end, substitute=substitute, actor=SYSTEM, now=NOON
    )


def test_availability_tells_all_that_routing_asks():
    team, old = make_team(), make_team("Old")
    agent, heir = make_agent(teams=(team, old)), make_agent("Ada")
    operations.change_team(team=old, archived=True, actor=SYSTEM, now=NOON)
    returns, gone = (operations.save_skill(name=n, actor=SYSTEM, now=NOON) for n in ("Returns", "Fax"))
    operations.set_agent_skills(agent=agent, levels={returns.pk: 4, gone.pk: 5}, actor=SYSTEM, now=NOON)
    operations.archive_skill(skill=gone, actor=SYSTEM, now=NOON)
    operations.set_agent_languages(agent=agent, levels={"LV": 5, "en": 3}, actor=SYSTEM, now=NOON)
    operations.set_capacity(agent=agent, capacity=40, actor=SYSTEM, now=NOON)
    operations.set_channel_load(channel="email", weight=5, actor=SYSTEM, now=NOON)
    operations.set_channel_load(channel="chat", weight=20, limit=3, actor=SYSTEM, now=NOON)
    operations.set_channel_load(channel="chat", weight=30, limit=1, agent=agent, actor=SYSTEM, now=NOON)
    operations.set_channel_presence(agent=agent, channel="chat", on=False, actor=SYSTEM, now=NOON)
    here(agent, heir)

    one = queries.availability(NOON)[agent.pk]
    assert (one.name, one.role, one.state, one.capacity) == ("Ivo", "agent", "online", 40)
    assert dict(one.skills) == {returns.pk: 4}
    assert dict(one.languages) == {"lv": 5, "en": 3}
    assert one.team_ids == {team.pk}
    assert (one.load_of("email"), one.load_of("chat"), one.load_of("phone")) == ((5, None), (30, 1), (10, None))
    assert (one.takes("chat"), one.takes("email")) == (False, True)
    assert one.assignable
    away(agent, heir)
    one = queries.availability(NOON)[agent.pk]
    assert (one.absent, one.substitute_id, one.assignable) == (True, heir.pk, False)


def test_availability_asks_no_more_of_more_agents(django_assert_num_queries):
    for number in range(12):
        agent = make_agent(f"A{number}")
        here(agent)
        if number % 3 == 0:
            away(agent)
    for ids in (None, [agent.pk]):
        with django_assert_num_queries(7):
            queries.availability(NOON, ids)


@pytest.mark.parametrize(
    ("start", "end", "on_shift"),
    [(None, None, True), (-1, 1, True), (-2, 0, False), (0, 1, True), (1, 2, False), (-24 * 31, -24 * 31 + 8, True)],
)
def test_nobody_works_outside_their_shifts_and_whoever_has_none_works_whenever_here(start, end, on_shift):
    agent = make_agent()
    if start is not None:
        span = {"starts_at": NOON + start * HOUR, "ends_at": NOON + end * HOUR}
        operations.add_shift(agent=agent, **span, actor=SYSTEM, now=NOON)
    here(agent)
    assert queries.availability(NOON)[agent.pk].assignable == on_shift


def test_somebody_out_of_office_takes_no_work_though_they_look_in_and_their_substitutes_substitute_does():
    one, two, three = make_agent("One"), make_agent("Two"), make_agent("Three")
    away(one, two)
    away(two, three)
    here(one)
    assert Presence.objects.get(pk=one.pk).state == "away"
    assert queries.substitute_of(one, NOON) == three
    away(three, one)
    assert queries.substitute_of(one, NOON) is None
    operations.deactivate_agent(agent=three, actor=SYSTEM, now=NOON)
    assert queries.substitute_of(two, NOON) is None


def test_absences_are_told_when_their_time_comes_and_once():
    agent = make_agent()
    absence = away(agent, start=NOON + HOUR, end=NOON + 2 * HOUR)

    def told():
        rows = EventRow.objects.filter(name__in=("AbsenceStarted", "AbsenceEnded")).order_by("id")
        return list(rows.values_list("name", flat=True))

    for minutes, expected in ((0, []), (60, ["AbsenceStarted"]), (61, ["AbsenceStarted"])):
        operations.sweep_presence(now=NOON + timedelta(minutes=minutes))
        operations.sweep_presence(now=NOON + timedelta(minutes=minutes, seconds=3))
        assert told() == expected
    operations.change_absence(absence=absence, ends_at=NOON + 3 * HOUR, actor=SYSTEM, now=NOON + 70 * HOUR / 60)
    operations.sweep_presence(now=NOON + 2 * HOUR)
    assert told() == ["AbsenceStarted"]
    operations.sweep_presence(now=NOON + 3 * HOUR)
    operations.sweep_presence(now=NOON + 4 * HOUR)
    assert told() == ["AbsenceStarted", "AbsenceEnded"]


def test_an_absence_that_is_taken_back_while_it_runs_ends_at_once():
    agent = make_agent()
    here(agent)
    absence = away(agent)
    assert EventRow.objects.filter(name="AbsenceStarted").count() == 1
    operations.remove_absence(absence=absence, actor=SYSTEM, now=NOON)
    assert EventRow.objects.filter(name="AbsenceEnded").count() == 1
    assert queries.availability(NOON)[agent.pk].assignable


def duty(agent, team=None, *, start=NOON - HOUR, end=NOON + HOUR, **more):
    return operations.add_on_call(agent=agent, team=team, starts_at=start, ends_at=end, actor=SYSTEM, now=NOON, **more)


def test_on_call_is_asked_in_order_and_the_absent_are_replaced():
    team = make_team()
    first, second, heir = make_agent("First"), make_agent("Second"), make_agent("Heir")
    duty(second, team, rank=2, note="Not after ten")
    duty(first, team, rank=1)
    duty(heir, team, start=NOON + HOUR, end=NOON + 2 * HOUR)
    operations.set_phone(agent=second, phone="+371 2000 0000", actor=SYSTEM, now=NOON)
    found = queries.on_call_now(team.pk, NOON)
    assert [(r.name, r.rank, r.note, r.phone) for r in found] == [
        ("First", 1, "", ""),
        ("Second", 2, "Not after ten", "+371 2000 0000"),
    ]
    away(first, heir)
    assert [(r.name, r.instead_of) for r in queries.on_call_now(team.pk, NOON)] == [("Heir", "First"), ("Second", "")]
    assert queries.on_call_now(None, NOON) == []


def test_a_manager_is_named_though_nobody_is_on_the_roster(django_assert_max_num_queries):
    make_agent("Agent")
    asleep, awake = make_agent("Asleep", role="manager"), make_agent("Awake", role="manager")
    here(awake)
    with django_assert_max_num_queries(5):
        found = queries.reachable_now(NOON)[None]
    assert [(r.name, r.state, r.until) for r in found] == [("Awake", "online", None), ("Asleep", "offline", None)]
    duty(asleep)
    with django_assert_max_num_queries(5):
        assert [r.name for r in queries.reachable_now(NOON)[None]] == ["Asleep"]


def test_experts_are_here_and_know_it_well_the_best_first():
    good, better, absent = make_agent("Good"), make_agent("Better"), make_agent("Gone")
    skill, other = (operations.save_skill(name=n, actor=SYSTEM, now=NOON) for n in ("Pumps", "Mugs"))
    for agent, level in ((good, 4), (better, 5), (absent, 5)):
        operations.set_agent_skills(agent=agent, levels={skill.pk: level, other.pk: 3}, actor=SYSTEM, now=NOON)
    here(good, better)
    everybody = queries.availability(NOON).values()
    assert [one.name for one in queries.experts_now(everybody, skill_ids=[skill.pk])] == ["Better", "Good"]
    assert queries.experts_now(everybody, skill_ids=[other.pk]) == []


def test_gaps_of_the_roster_are_found_for_management_and_for_teams_that_have_one():
    team, without = make_team(), make_team("Without")
    agent = make_agent()
    duty(agent, team, start=NOON, end=NOON + 5 * DAY)
    duty(agent, team, start=NOON + 6 * DAY, end=NOON + 20 * DAY)
    found = queries.roster_gaps(NOON, teams=[team, without])
    assert found == {None: [(NOON, NOON + 14 * DAY)], team.pk: [(NOON + 5 * DAY, NOON + 6 * DAY)]}


moments = st.integers(0, 60).map(lambda n: NOON + n * HOUR)


@given(spans=st.lists(st.tuples(moments, moments).filter(lambda s: s[0] < s[1]), max_size=6), end=moments)
def test_an_hour_lies_in_a_gap_exactly_when_no_duty_covers_it(spans, end):
    holes = policies.gaps(spans, NOON, end)
    assert holes == sorted(holes)
    for hour in range(60):
        moment = NOON + hour * HOUR + HOUR / 2
        bare = moment < end and not any(a <= moment < b for a, b in spans)
        assert any(a <= moment < b for a, b in holes) == bare
