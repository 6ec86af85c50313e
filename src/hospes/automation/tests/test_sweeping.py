"""Rules by time: due ones only, each ticket once as long as it fits, by one worker, whatever the clock does."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hospes.automation import operations, policies
from hospes.automation.models import Hold, Rule, RuleRun
from hospes.automation.queries import swept_tickets
from hospes.automation.tests.conftest import NOW, change
from hospes.core.actors import SYSTEM
from hospes.core.conditions import matches
from hospes.core.facts import About, LazyFacts
from hospes.core.outbox import drain
from hospes.testing import people
from hospes.tickets.models import Ticket

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "40"))
WAITING = {
    "all": [
        {"field": "ticket.category", "is": "is", "value": "waiting"},
        {"field": "history.status_since", "is": "ago_more_than", "value": "4 d"},
    ]
}


@pytest.fixture
def hourly(company, make_rule):
    return make_rule("Waits", "time", {"do": "raise_priority"}, when=WAITING, schedule={"every": "1 h"})


def sweep_all(now):
    while operations.sweep(now=now):
        pass


def test_each_ticket_once_as_long_as_it_fits_and_again_when_it_fits_anew(ticket, hourly):
    change(ticket, status="waiting")
    for day in (3, 5, 6, 7):
        sweep_all(NOW + timedelta(days=day))
    assert RuleRun.objects.count() == 1
    change(ticket, status="open", hours=24 * 8)
    sweep_all(NOW + timedelta(days=9))
    assert not Hold.objects.exists()
    change(ticket, status="waiting", hours=24 * 10)
    for day in (11, 15, 16):
        sweep_all(NOW + timedelta(days=day))
    assert RuleRun.objects.count() == 2


def test_it_waits_for_its_time(ticket, hourly):
    change(ticket, status="waiting")
    Rule.objects.update(next_run_at=NOW + timedelta(days=6))
    assert operations.sweep(now=NOW + timedelta(days=6) - timedelta(minutes=1)) == 0
    assert operations.sweep(now=NOW + timedelta(days=6)) == 1
    assert operations.sweep(now=NOW + timedelta(days=6, minutes=59)) == 0


def test_row_28_a_clock_that_jumps_neither_repeats_nor_forgets(ticket, hourly):
    change(ticket, status="waiting")
    sweep_all(NOW + timedelta(days=400))
    assert RuleRun.objects.count() == 1
    assert Rule.objects.get().next_run_at == NOW + timedelta(days=400, hours=1)
    sweep_all(NOW + timedelta(days=5))  # it jumped back: the rule does not wait for a year
    assert Rule.objects.get().next_run_at == NOW + timedelta(days=5, hours=1)
    assert RuleRun.objects.count() == 1


def test_many_tickets_go_by_in_batches(company, make_rule, monkeypatch):
    monkeypatch.setattr("hospes.automation.operations.sweeping.BATCH", 3)
    for number in range(8):
        people.receive(f"No {number}", inbox=company.inbox, sender=f"c{number}@c.example", subject=f"S{number}")
    make_rule("All", "time", {"do": "add_tags", "tags": ["seen"]}, schedule={"every": "1 d"})
    Rule.objects.update(next_run_at=NOW)
    handled = []
    while (looked := operations.sweep(now=NOW)) and len(handled) < 20:
        handled.append(looked)
    assert handled == [3, 3, 2]
    assert Ticket.objects.filter(tags__name="seen").count() == 8
    drain(now=NOW)


def test_solved_tickets_are_looked_at_only_when_they_are_asked_for(company, ticket):
    change(ticket, status="solved")
    any_priority = {"field": "ticket.priority", "is": "at_least", "value": 1}
    solved = {"all": [any_priority, {"field": "ticket.category", "is": "is", "value": "solved"}]}
    assert list(swept_tickets(any_priority, now=NOW)) == []
    assert list(swept_tickets(solved, now=NOW)) == [ticket]


LEAVES = st.sampled_from([
    {"field": "ticket.priority", "is": "at_least", "value": 3},
    {"field": "ticket.category", "is": "one_of", "value": ["waiting", "open", "new"]},
    {"field": "ticket.category", "is": "is", "value": "solved"},
    {"field": "ticket.assignee", "is": "empty"},
    {"field": "ticket.assignee", "is": "filled"},
    {"field": "ticket.created_at", "is": "ago_more_than", "value": "1 h"},
    {"field": "ticket.updated_at", "is": "ago_less_than", "value": "2 h"},
    {"field": "ticket.waiting_since", "is": "empty"},
    {"field": "ticket.solved_at", "is": "filled"},
    {"field": "ticket.subject", "is": "contains", "value": ["kettle"]},
])  # fmt: skip
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=5,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(condition=TREES)
def test_narrowing_never_leaves_out_an_open_ticket_that_fits(world_of_tickets, condition):
    now = NOW + timedelta(hours=3)
    found = {ticket.pk for ticket in swept_tickets(condition, now=now)}
    for ticket in world_of_tickets:
        if ticket.active and matches(condition, LazyFacts(About(now=now, ticket=ticket)), now=now):
            assert ticket.pk in found


@pytest.fixture
def world_of_tickets(company):
    tickets = [
        people.receive(f"{n}", inbox=company.inbox, sender=f"c{n}@c.example", subject=subject).ticket
        for n, subject in enumerate(("Kettle", "Toaster", "Kettle", "Mug"))
    ]
    change(tickets[0], priority=4, assignee=company.ivo)
    change(tickets[1], status="waiting", hours=2)
    change(tickets[2], status="solved", hours=1)
    return list(Ticket.objects.select_related("customer"))


ZONES = ("Europe/Riga", "America/New_York", "Asia/Tehran", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")


@settings(max_examples=EXAMPLES * 5, deadline=None)
@given(
    after=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    at=st.times(),
    days=st.sets(st.integers(1, 7), min_size=1),
    zone=st.sampled_from(ZONES),
)
def test_the_next_time_is_later_on_a_wanted_day_at_the_wanted_time(after, at, days, zone):
    schedule = {"at": f"{at:%H:%M}", "days": sorted(days), "zone": zone}
    found = policies.next_run(schedule, after=after)
    local = found.astimezone(ZoneInfo(zone))
    assert found > after
    assert found - after <= timedelta(days=8, hours=2)
    shift = abs((local.hour * 60 + local.minute) - (at.hour * 60 + at.minute))
    assert shift == 0 or min(shift, 1440 - shift) <= 60  # an hour that the clocks leapt over
    if shift == 0:
        assert local.isoweekday() in days
    for wanted in range(1, int((found - after) / timedelta(days=1))):
        between = (after + timedelta(days=wanted)).astimezone(ZoneInfo(zone))
        assert between.isoweekday() not in days or between.date() in {
            after.astimezone(ZoneInfo(zone)).date(), local.date()
        }  # fmt: skip


def test_a_rule_of_nobodys_time_is_never_swept(company, make_rule):
    make_rule("Event", "solved", {"do": "mark_spam"})
    assert operations.sweep(now=NOW + timedelta(days=99)) == 0
    operations.switch_off(
        rule=make_rule("Off", "time", {"do": "mark_spam"}, schedule={"every": "1 h"}), actor=SYSTEM, now=NOW
    )
    assert operations.sweep(now=NOW + timedelta(days=99)) == 0
