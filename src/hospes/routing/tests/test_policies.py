"""The decision itself: never somebody who must not have it, fair, the same every time, nothing starves."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.routing.policies import (
    CREDIT,
    MAX_CREDIT,
    Candidate,
    QueueRule,
    Work,
    decide,
    due_steps,
    next_step_at,
    pick_next,
    rank,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EXAMPLES = settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "300")), deadline=None)
LANGUAGES = ("lv", "uz", "fa")
SKILLS = (1, 2)

candidates = st.builds(
    Candidate,
    id=st.integers(1, 12),
    name=st.just("Anna"),
    state=st.sampled_from(("online", "online", "online", "busy", "away", "offline")),
    channel_off=st.sampled_from((False, False, False, True)),
    on_shift=st.sampled_from((True, True, True, False)),
    absent_until=st.sampled_from((None, None, None, NOW + timedelta(days=1))),
    substitute_id=st.sampled_from((None, 1, 2, 3)),
    back_at=st.sampled_from((None, NOW + timedelta(hours=2))),
    team_ids=st.frozensets(st.integers(1, 3), max_size=2),
    tier=st.integers(1, 3),
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5)),
    languages=st.dictionaries(st.sampled_from(LANGUAGES), st.integers(1, 5)),
    capacity=st.integers(0, 60),
    units=st.integers(0, 70),
    weight=st.integers(1, 30),
    channel_count=st.integers(0, 4),
    channel_limit=st.sampled_from((None, None, 1, 3)),
    turn=st.integers(0, 50),
)
people = st.lists(candidates, max_size=10, unique_by=lambda one: one.id)
works = st.builds(
    Work,
    ticket_id=st.just(1),
    language=st.sampled_from(("", *LANGUAGES)),
    tier=st.integers(1, 2),
    vip=st.booleans(),
    helper_id=st.sampled_from((None, 1, 2, 3)),
    helped_at=st.sampled_from((None, NOW - timedelta(days=2), NOW - timedelta(days=90))),
    owner_id=st.sampled_from((None, 1, 4)),
    declined=st.frozensets(st.integers(1, 12), max_size=2),
)
rules = st.builds(
    QueueRule,
    id=st.just(1),
    team_ids=st.frozensets(st.integers(1, 3), max_size=2),
    strategy=st.sampled_from(("round_robin", "least_load", "best_skill", "sticky")),
    sticky_days=st.sampled_from((0, 30)),
    skills=st.lists(st.tuples(st.sampled_from(SKILLS), st.integers(1, 5)), max_size=2, unique_by=lambda s: s[0]).map(
        tuple
    ),
    match_language=st.sampled_from(("required", "preferred", "no")),
)


@EXAMPLES
@given(works, people, rules)
def test_nobody_gets_what_they_must_not_have(work, found, rule):
    decision = decide(work, found, rule, NOW)
    assert set(decision.rejected) == {one.id for one in found} - {decision.agent_id}
    if decision.agent_id is None:
        return
    chosen = next(one for one in found if one.id == decision.agent_id)
    assert chosen.state == "online"
    assert chosen.on_shift
    assert not chosen.channel_off
    assert chosen.absent_until is None
    assert chosen.id not in work.declined
    assert chosen.units + chosen.weight <= chosen.capacity
    assert chosen.channel_limit is None or chosen.channel_count < chosen.channel_limit
    assert chosen.tier >= work.tier
    assert all(chosen.skills.get(skill, 0) >= level for skill, level in rule.skills)
    assert rule.match_language != "required" or not work.language or work.language in chosen.languages
    stands_in = any(fact["code"] == "substitute" for fact in decision.reason.facts)
    assert not rule.team_ids or rule.team_ids & chosen.team_ids or stands_in


@EXAMPLES
@given(works, people, rules, st.randoms())
def test_the_answer_does_not_depend_on_the_order_of_people(work, found, rule, dice):
    mixed = list(found)
    dice.shuffle(mixed)
    assert decide(work, mixed, rule, NOW) == decide(work, found, rule, NOW)


@EXAMPLES
@given(works, people, rules)
def test_nobody_is_chosen_only_when_nobody_can(work, found, rule):
    decision = decide(work, found, rule, NOW)
    outdone = {"not_theirs", "not_their_turn", "knows_less", "busier"}
    if decision.agent_id is None:
        assert not {fact["code"] for fact in decision.rejected.values()} & outdone
        assert decision.reason.facts


@EXAMPLES
@given(st.integers(1, 8), st.integers(1, 60), st.data())
def test_in_turn_is_fair_within_one(number, tickets, data):
    found = {n: Candidate(id=n, capacity=10_000, units=data.draw(st.integers(0, 500))) for n in range(1, number + 1)}
    rule = QueueRule(id=1, strategy="round_robin")
    given_to = dict.fromkeys(found, 0)
    for turn in range(1, tickets + 1):
        chosen = decide(Work(ticket_id=turn), list(found.values()), rule, NOW).agent_id
        assert chosen is not None
        given_to[chosen] += 1
        found[chosen] = replace(found[chosen], turn=turn, units=found[chosen].units + 10)
    assert max(given_to.values()) - min(given_to.values()) <= 1


def test_whoever_helped_last_gets_it_while_they_can():
    rule = QueueRule(id=1, strategy="least_load", sticky_days=30)
    work = Work(ticket_id=1, helper_id=2, helped_at=NOW - timedelta(days=3))
    free, busy = Candidate(id=1), Candidate(id=2, units=50)
    decision = decide(work, [free, busy], rule, NOW)
    assert decision.agent_id == 2
    assert "helped_last" in {fact["code"] for fact in decision.reason.facts}
    assert decision.rejected[1] == {"code": "not_theirs"}
    assert decide(work, [free, replace(busy, units=60)], rule, NOW).agent_id == 1
    assert decide(replace(work, helped_at=NOW - timedelta(days=31)), [free, busy], rule, NOW).agent_id == 1


def test_the_substitute_gets_what_is_the_absent_ones_also_from_outside_the_team():
    rule = QueueRule(id=1, team_ids=frozenset({1}), sticky_days=30)
    work = Work(ticket_id=1, helper_id=2, helped_at=NOW - timedelta(days=3))
    away = Candidate(id=2, name="Anna", team_ids=frozenset({1}), absent_until=NOW + timedelta(days=1), substitute_id=9)
    mate, stands_in = Candidate(id=1, team_ids=frozenset({1})), Candidate(id=9, units=50)
    decision = decide(work, [away, mate, stands_in], rule, NOW)
    assert decision.agent_id == 9
    assert {"code": "substitute", "name": "Anna"} in decision.reason.facts


def test_when_nobody_can_it_says_what_is_missing_and_who_is_back_first():
    rule = QueueRule(id=1, match_language="required")
    nobody = decide(Work(ticket_id=1, language="lv"), [Candidate(id=1), Candidate(id=2)], rule, NOW)
    assert nobody.reason.facts == ({"code": "nobody_language", "language": "lv", "people": 2},)
    anna = Candidate(id=3, name="Anna", languages={"lv": 5}, on_shift=False, back_at=NOW + timedelta(hours=2))
    waits = decide(Work(ticket_id=1, language="lv"), [Candidate(id=1), anna], rule, NOW)
    assert [fact["code"] for fact in waits.reason.facts] == ["few_speak", "all_away", "back_at"]


arrivals = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 4), st.booleans()), min_size=1, max_size=60)


@EXAMPLES
@given(arrivals)
def test_nothing_starves_because_no_later_ticket_goes_before_it_for_longer_than_the_head_start(line):
    """Served one an hour, most important first: the wait never exceeds the line that stood there plus the bound."""
    ranks = {}
    came = {}
    for number, (hour, priority, vip) in enumerate(line):
        came[number] = NOW + timedelta(hours=hour)
        ranks[number] = rank(entered_at=came[number], priority=priority, vip=vip, boost_minutes=0)
    waiting = set(ranks)
    while waiting:
        first = pick_next((ranks[n], n) for n in waiting)
        assert first is not None
        waiting.discard(first)
        overtaken = [n for n in waiting if came[n] < came[first] - MAX_CREDIT]
        assert not overtaken


@EXAMPLES
@given(st.integers(1, 3), st.integers(0, 10_000))
def test_time_alone_lifts_a_ticket_above_every_newcomer_of_more_worth(priority, minutes):
    old = rank(entered_at=NOW, priority=priority, vip=False, boost_minutes=0)
    newer = rank(entered_at=NOW + timedelta(minutes=minutes), priority=4, vip=False, boost_minutes=0)
    goes_first = old < newer
    assert goes_first == (timedelta(minutes=minutes) > CREDIT[4] - CREDIT[priority])


@EXAMPLES
@given(st.lists(st.integers(1, 100_000), max_size=5), st.integers(-100_000, 200_000))
def test_overflow_steps_come_due_by_the_wait_and_never_by_a_clock_set_back(seconds, passed):
    steps = [{"after": after, "team": 1} for after in sorted(seconds)]
    now = NOW + timedelta(seconds=passed)
    due = due_steps(steps, entered_at=NOW, now=now)
    assert due == sum(after <= max(0, passed) for after in seconds)
    following = next_step_at(steps, entered_at=NOW, step=due)
    assert following is None or following > min(now, NOW)
