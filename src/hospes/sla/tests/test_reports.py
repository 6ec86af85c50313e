"""What became of promises, and clocks that were stopped for show."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.core.facts import About, LazyFacts
from hospes.sla import operations as sla
from hospes.sla import queries, reports
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive, settle
from hospes.tickets import operations as tickets

HOUR = timedelta(hours=1)
PERIOD = {"since": NOON - timedelta(days=1), "until": NOON + timedelta(days=30)}
WEEK = [[["09:00", "18:00"]]] * 5 + [[], []]


def elapsed(hours):
    return {p: {"seconds": hours * 3600, "mode": "elapsed"} for p in "1234"}


@pytest.fixture
def actor():
    sla.save_policy(
        name="All", targets={"first_response": elapsed(1), "resolution": elapsed(20)}, actor=SYSTEM, now=NOON
    )
    return desk_actor(make_agent("Ivo"))


def ticket_of(number, actor, *, answered, text="Answer"):
    found = receive(sender=f"c{number}@customer.example", subject=f"Matter {number}").ticket
    tickets.reply(ticket=found, actor=actor, now=NOON + answered, text=text)
    return found


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_lies_between_nothing_and_all_and_holds_the_share(good, more):
    low, high = reports.wilson(good, good + more)
    assert 0 <= low <= good / (good + more) <= high <= 1


def test_the_interval_of_none_is_everything():
    assert reports.wilson(0, 0) == (0.0, 1.0)
    assert reports.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@pytest.mark.django_db
def test_promises_are_counted_by_what_was_promised_and_by_whom(actor):
    for number, answered in enumerate((HOUR / 2, HOUR / 2, 3 * HOUR)):
        ticket_of(number, actor, answered=answered)
    settle()
    [first] = reports.kept_by_kind(**PERIOD)
    assert (first.key, first.n, first.kept, first.few) == ("first_response", 3, 2, True)
    [who] = reports.kept_by("agent__name", **PERIOD)
    assert (who.key, who.n) == ("Ivo", 3)
    assert reports.kept_by_kind(since=NOON + timedelta(days=40), until=NOON + timedelta(days=50)) == []


@pytest.mark.django_db
def test_a_lead_of_some_teams_counts_theirs_alone(actor):
    team = make_team()
    found = ticket_of(1, actor, answered=HOUR / 2)
    settle()
    assert reports.kept_by_kind(**PERIOD, teams=frozenset({team.pk})) == []
    other = receive(sender="z@customer.example", subject="Z").ticket
    tickets.change_ticket(ticket=other, actor=actor, now=NOON, team=team)
    tickets.reply(ticket=other, actor=actor, now=NOON + HOUR / 2, text="Yes")
    settle()
    assert reports.kept_by_kind(**PERIOD, teams=frozenset({team.pk}))[0].n == 1
    assert found.team_id is None


@pytest.mark.django_db
def test_a_long_wait_without_a_question_is_noticed_and_one_with_a_question_is_not(actor):
    quiet = ticket_of(1, actor, answered=HOUR / 2, text="We look into it.")
    asked = ticket_of(2, actor, answered=HOUR / 2, text="Which model is it?")
    for one in (quiet, asked):
        tickets.change_ticket(ticket=one, actor=actor, now=NOON + HOUR, status="waiting")
        tickets.change_ticket(ticket=one, actor=actor, now=NOON + 9 * HOUR, status="open")
    settle()
    [found] = reports.suspicions(**PERIOD)
    assert (found.ticket_id, found.reasons, found.agent_id) == (quiet.pk, ["long"], actor.id)
    assert found.length == 8 * HOUR


@pytest.mark.django_db
def test_a_state_flipped_just_before_it_is_due_is_noticed(actor):
    ticket = ticket_of(1, actor, answered=HOUR / 2, text="Which model is it?")
    tickets.change_ticket(ticket=ticket, actor=actor, now=NOON + 20 * HOUR - timedelta(minutes=5), status="waiting")
    settle()
    [found] = reports.suspicions(**PERIOD)
    assert found.reasons == ["last-minute"]


# Setting up ------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"windows": [[["9", "18:00"]]] * 7}, "windows.0"),
        ({"windows": [[["24:00", "01:00"]]] * 7}, "windows.0"),
        ({"windows": []}, "windows"),
        ({"country": "XX"}, "country"),
        ({"country": "DE", "subdivision": "ZZ"}, "subdivision"),
        ({"days": [{"date": "someday"}]}, "days.0"),
        ({"name": " "}, "name"),
    ],
)
def test_a_calendar_that_cannot_be_counted_by_is_refused(change, field):
    given = {"name": "Riga", "time_zone": "Europe/Riga", "windows": WEEK, "actor": SYSTEM, "now": NOON, **change}
    with pytest.raises(InvalidInput) as refused:
        sla.save_calendar(**given)
    assert refused.value.field == field


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"targets": {"first_response": {"9": {"seconds": 5}}}}, "targets.first_response"),
        ({"targets": {"lunch": {}}}, "targets"),
        ({"targets": {"resolution": {"1": {"seconds": 0}}}}, "targets.resolution.1"),
        ({"targets": {"resolution": {"1": {"seconds": 5, "mode": "lunar"}}}}, "targets.resolution.1"),
        ({"targets": {"resolution": {"1": {"seconds": 5, "mode": "business"}}}}, "calendar"),
        ({"conditions": {"field": "sla.breached", "is": "yes"}}, "conditions.field"),
        ({"warn_percent": 100}, "warn_percent"),
    ],
)
def test_a_policy_that_promises_nothing_understandable_is_refused(change, field):
    given = {"name": "All", "targets": {"resolution": elapsed(1)}, "actor": SYSTEM, "now": NOON, **change}
    with pytest.raises(InvalidInput) as refused:
        sla.save_policy(**given)
    assert refused.value.field == field


@pytest.mark.django_db
def test_only_those_who_may_change_promises(actor):
    with pytest.raises(NotAllowed):
        sla.save_policy(name="Mine", targets={}, actor=actor, now=NOON)


@pytest.mark.django_db
def test_a_calendar_in_use_is_not_put_away():
    calendar = sla.save_calendar(name="Riga", time_zone="Europe/Riga", windows=WEEK, actor=SYSTEM, now=NOON)
    policy = sla.save_policy(name="All", targets={}, calendar=calendar, actor=SYSTEM, now=NOON)
    with pytest.raises(InvalidInput):
        sla.archive_calendar(calendar=calendar, actor=SYSTEM, now=NOON)
    sla.archive_policy(policy=policy, actor=SYSTEM, now=NOON)
    sla.archive_calendar(calendar=calendar, actor=SYSTEM, now=NOON)
    assert not queries.calendars().exists()
    assert queries.book() == ()


@pytest.mark.django_db
def test_conditions_can_ask_about_hours_and_promises(actor):
    sla.save_calendar(name="Riga", time_zone="Europe/Riga", windows=WEEK, country="LV", actor=SYSTEM, now=NOON)
    ticket = receive().ticket
    settle()
    ticket.refresh_from_db()
    facts = LazyFacts(About(now=NOON + HOUR / 2, ticket=ticket))
    assert facts["sla.first_response_left"] == 30
    assert facts["sla.breached"] is False
    assert facts["sla.policy"] == queries.policies().get().pk
    assert facts["calendar.holiday"] is True  # 4 May is one in Latvia
    assert facts["calendar.open"] is False
