"""Which team is next, when the next step is due, who is asked: tables of plain values."""

import os
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.routing import tiers
from hospes.routing.tiers import TeamFacts
from hospes.testing.people import NOON

EXAMPLES = int(os.environ.get("HOSPES_EXAMPLES", "200"))
KETTLES, LOANS = 1, 2
FIRST = TeamFacts(1, 1, KETTLES, name="Kettles first")
SECOND = TeamFacts(2, 2, KETTLES, name="Kettles second")
OTHER_SECOND = TeamFacts(3, 2, LOANS, name="Loans second")
GENERAL_SECOND = TeamFacts(4, 2, None, name="All second")
GENERAL_THIRD = TeamFacts(5, 3, None, name="Management")
STORE = TeamFacts(6, 2, KETTLES, back_office=True, name="A warehouse")
GENERAL_FIRST = TeamFacts(7, 1, None, name="Front")
ALL = [FIRST, SECOND, OTHER_SECOND, GENERAL_SECOND, GENERAL_THIRD, STORE, GENERAL_FIRST]


@pytest.mark.parametrize(
    ("teams", "current", "tier", "found"),
    [
        (ALL, FIRST, 2, SECOND.id),
        (ALL, FIRST, 3, GENERAL_THIRD.id),
        ([OTHER_SECOND, GENERAL_SECOND], FIRST, 2, GENERAL_SECOND.id),
        ([OTHER_SECOND], FIRST, 2, None),
        ([STORE], FIRST, 2, None),
        (ALL, GENERAL_FIRST, 2, GENERAL_SECOND.id),
        ([OTHER_SECOND], GENERAL_FIRST, 2, OTHER_SECOND.id),
        (ALL, None, 2, GENERAL_SECOND.id),
        (ALL, SECOND, 2, GENERAL_SECOND.id),
        (ALL, SECOND, 1, FIRST.id),
        ([], None, 3, None),
    ],
)
def test_the_next_team_is_of_the_same_line_or_serves_all(teams, current, tier, found):
    assert tiers.target_team(teams, current=current, tier=tier) == found


@given(
    st.lists(
        st.builds(TeamFacts, st.integers(1, 50), st.integers(1, 3), st.none() | st.integers(1, 3), st.booleans()),
        max_size=12,
        unique_by=lambda team: team.id,
    ),
    st.none() | st.builds(TeamFacts, st.integers(1, 50), st.integers(1, 3), st.none() | st.integers(1, 3)),
    st.integers(1, 3),
)
@settings(max_examples=EXAMPLES)
def test_a_ticket_never_leaves_its_line_nor_goes_to_a_back_office(teams, current, tier):
    found = tiers.target_team(teams, current=current, tier=tier)
    assert found == tiers.target_team(teams[::-1], current=current, tier=tier)
    by_id = {team.id: team for team in teams}
    fits = [t for t in teams if t.tier == tier and not t.back_office and (current is None or t.id != current.id)]
    if current is not None and current.line_id is not None:
        fits = [t for t in fits if t.line_id in (None, current.line_id)]
    assert (found is None) == (not fits)
    assert found is None or by_id[found] in fits
    if found is not None and current is not None and any(t.line_id == current.line_id for t in fits):
        assert by_id[found].line_id == current.line_id


@pytest.mark.parametrize(
    "raw",
    [
        [],
        [{"after": 0, "to": "tier", "tier": 2}],
        [{"after": -5, "to": "tier", "tier": 2}],
        [{"after": True, "to": "tier", "tier": 2}],
        [{"after": "60", "to": "tier", "tier": 2}],
        [{"after": 60, "to": "tier", "tier": 1}],
        [{"after": 60, "to": "tier"}],
        [{"after": 60, "to": "moon"}],
        [{"after": 60, "to": "on_call", "rank": 9}],
        [{"after": 60}],
        [{"after": 31 * 86400, "to": "on_call"}],
        [{"after": 60, "to": "on_call"}] * 11,
    ],
)
def test_a_chain_that_cannot_be_is_refused(raw):
    with pytest.raises(ValueError, match=r"steps|after|to"):
        tiers.steps_of(raw)


def test_steps_count_from_the_wait_and_then_from_the_step_before():
    steps = tiers.steps_of([{"after": 60, "to": "tier", "tier": 2}, {"after": 30, "to": "on_call"}])
    assert tiers.next_due(steps, taken=0, anchored_at=NOON) == NOON + timedelta(seconds=60)
    assert tiers.next_due(steps, taken=1, anchored_at=NOON) == NOON + timedelta(seconds=30)
    assert tiers.next_due(steps, taken=2, anchored_at=NOON) is None


@pytest.mark.parametrize(
    ("active", "category", "since", "waiting"),
    [
        (True, "new", NOON, True),
        (True, "open", NOON, True),
        (True, "on_hold", NOON, False),
        (True, "waiting", None, False),
        (True, "open", None, False),
        (False, "open", NOON, False),
        (False, "solved", None, False),
    ],
)
def test_who_waits(active, category, since, waiting):
    assert tiers.waits(active=active, category=category, waiting_since=since) is waiting


@pytest.mark.parametrize(
    ("on_call", "asked", "found"),
    [([1, 2], [], 1), ([1, 2], [1], 2), ([1, 2], [1, 2], None), ([], [], None), ([2], [1], 2)],
)
def test_the_next_on_call_is_asked_when_the_first_does_not_take_it(on_call, asked, found):
    assert tiers.asked_next(on_call, asked=asked) == found


@given(st.lists(st.floats(-1e9, 1e9)))
def test_the_median_lies_in_the_middle(values):
    found = tiers.median(values)
    assert (found is None) == (not values)
    if found is not None:
        assert sum(v < found for v in values) <= len(values) / 2
        assert sum(v > found for v in values) <= len(values) / 2
