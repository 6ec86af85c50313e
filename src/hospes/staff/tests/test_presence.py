"""Who is here: by open desks, by activity, by hand, by absence, and whatever the clock does."""

import os
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.core.actors import SYSTEM
from hospes.core.errors import InvalidInput, NotAllowed
from hospes.core.models import EventRow
from hospes.staff import operations, policies
from hospes.staff.models import DeskLease, Presence
from hospes.testing.people import NOON, desk_actor, make_agent, make_team

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("chosen", "until", "connected", "seen", "absent", "state"),
    [
        ("", None, False, NOON, False, "offline"),
        ("", None, True, NOON, False, "online"),
        ("", None, True, NOON - 11 * MINUTE, False, "away"),
        ("", None, True, None, False, "away"),
        ("", None, True, NOON, True, "away"),
        ("busy", None, True, NOON - HOUR, False, "busy"),
        ("busy", NOON, True, NOON, False, "online"),
        ("busy", NOON + SECOND, True, NOON, False, "busy"),
        ("busy", None, False, NOON, False, "offline"),
        ("busy", None, True, NOON, True, "away"),
        ("away", None, True, NOON, False, "away"),
        ("offline", None, True, NOON, False, "offline"),
        ("offline", NOON - SECOND, True, NOON, False, "online"),
    ],
)
def test_whether_somebody_is_here(chosen, until, connected, seen, absent, state):
    found = policies.presence_of(
        chosen=chosen, chosen_until=until, connected=connected, seen_at=seen, absent=absent, now=NOON
    )
    assert found == state


@given(
    substitutes=st.dictionaries(st.integers(1, 8), st.one_of(st.none(), st.integers(1, 8)), max_size=8),
    agent=st.integers(1, 8),
)
@settings(max_examples=300)
def test_a_stand_in_is_never_absent_and_chains_always_end(substitutes, agent):
    heir = policies.stand_in(agent, substitutes)
    if heir is None:
        # Nobody: then they are here, or the chain runs into somebody without substitute or into itself.
        passed, place = set(), agent
        while place in substitutes and place not in passed:
            passed.add(place)
            place = substitutes[place]
        assert agent not in substitutes or place is None or place in passed
    else:
        assert agent in substitutes
        assert heir != agent
        assert heir not in substitutes


def states(agent):
    return [
        (row.data["before"], row.data["after"], row.data["why"])
        for row in EventRow.objects.filter(name="PresenceChanged", subject_id=agent.pk).order_by("id")
    ]


def state_of(agent):
    return Presence.objects.get(pk=agent.pk).state


def sweep_until(start, end, *, renew=(), process="web-1"):
    """Sweeps every five seconds as workers do, with the processes' word renewed for those who have a desk open."""
    now = start
    while now <= end:
        operations.note_connected(agent_ids=renew, process=process, now=now)
        operations.sweep_presence(now=now)
        now += 5 * SECOND


@pytest.mark.django_db
def test_a_desk_opens_falls_silent_and_somebody_comes_back():
    agent = make_agent()
    operations.note_connected(agent_ids=[agent.pk], process="web-1", now=NOON, active=True)
    sweep_until(NOON, NOON + 11 * MINUTE, renew=[agent.pk])
    operations.note_activity(agent_id=agent.pk, now=NOON + 11 * MINUTE + 30 * SECOND)
    assert states(agent) == [
        ("offline", "online", "desk-opened"),
        ("online", "away", "idle"),
        ("away", "online", "activity"),
    ]


@pytest.mark.django_db
def test_activity_is_written_at_most_once_a_minute(django_assert_num_queries):
    agent = make_agent()
    operations.note_connected(agent_ids=[agent.pk], process="web-1", now=NOON, active=True)
    with django_assert_num_queries(3):  # the savepoint's two and one look
        operations.note_activity(agent_id=agent.pk, now=NOON + 20 * SECOND)
    assert Presence.objects.get().seen_at == NOON
    operations.note_activity(agent_id=agent.pk, now=NOON + 55 * SECOND)
    assert Presence.objects.get().seen_at == NOON + 55 * SECOND


@pytest.mark.django_db
def test_the_last_of_several_desks_in_several_processes_ends_it_after_a_grace():
    agent = make_agent()
    for process in ("web-1", "web-2"):
        operations.note_connected(agent_ids=[agent.pk], process=process, now=NOON, active=True)
    operations.sweep_presence(now=NOON)
    operations.note_disconnected(agent_id=agent.pk, process="web-1", now=NOON)
    sweep_until(NOON + 5 * SECOND, NOON + 30 * SECOND)
    assert state_of(agent) == "online"
    operations.note_disconnected(agent_id=agent.pk, process="web-2", now=NOON + 30 * SECOND)
    operations.sweep_presence(now=NOON + 38 * SECOND)
    assert state_of(agent) == "online"  # a page that is loaded anew takes no longer than this
    operations.sweep_presence(now=NOON + 41 * SECOND)
    assert states(agent)[-1] == ("online", "offline", "desk-closed")


@pytest.mark.django_db
def test_a_process_that_was_killed_leaves_nobody_here():
    agent = make_agent()
    operations.note_connected(agent_ids=[agent.pk], process="killed", now=NOON, active=True)
    sweep_until(NOON, NOON + 59 * SECOND)
    assert state_of(agent) == "online"
    sweep_until(NOON + 60 * SECOND, NOON + 65 * SECOND)
    assert state_of(agent) == "offline"
    assert not DeskLease.objects.exists()


@pytest.mark.django_db
def test_a_chosen_state_wins_until_it_runs_out():
    agent = make_agent()
    operations.note_connected(agent_ids=[agent.pk], process="web-1", now=NOON, active=True)
    operations.sweep_presence(now=NOON)
    actor = desk_actor(agent)
    operations.set_presence(agent=agent, state="busy", until=NOON + 2 * MINUTE, note="Lunch", actor=actor, now=NOON)
    sweep_until(NOON + 5 * SECOND, NOON + 115 * SECOND, renew=[agent.pk])
    assert state_of(agent) == "busy"
    sweep_until(NOON + 120 * SECOND, NOON + 125 * SECOND, renew=[agent.pk])
    row = Presence.objects.get()
    assert (row.state, row.chosen, row.note) == ("online", "", "")
    assert states(agent)[1:] == [("online", "busy", "chosen"), ("busy", "online", "ran-out")]


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [HOUR, -HOUR, timedelta(days=400), -timedelta(days=400), 2 * MINUTE, -2 * MINUTE])
def test_row_28_a_clock_that_jumps_throws_nobody_out_and_keeps_nobody_for_ever(jump):
    here, gone, idle = make_agent("Here"), make_agent("Gone"), make_agent("Idle")
    people = [here.pk, gone.pk, idle.pk]
    operations.note_connected(agent_ids=people, process="web-1", now=NOON - 11 * MINUTE, active=True)
    sweep_until(NOON - 11 * MINUTE, NOON - 2 * MINUTE, renew=people)
    for agent in (here, gone):
        operations.note_activity(agent_id=agent.pk, now=NOON - 2 * MINUTE)
    sweep_until(NOON - 2 * MINUTE, NOON, renew=people)
    before = {agent: state_of(agent) for agent in (here, gone, idle)}
    assert list(before.values()) == ["online", "online", "away"]

    now = NOON + jump  # the clock jumps; "Gone" closes the lid in the same moment
    operations.sweep_presence(now=now)
    assert {agent: state_of(agent) for agent in before} == before
    sweep_until(now + 5 * SECOND, now + 65 * SECOND, renew=[here.pk, idle.pk])
    assert [state_of(agent) for agent in before] == ["online", "offline", "away"]
    # And silence after the jump still counts as silence.
    sweep_until(now + 65 * SECOND, now + 11 * MINUTE, renew=[here.pk, idle.pk])
    assert [state_of(agent) for agent in before] == ["away", "offline", "away"]


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["open", "close", "act", "busy", "offline", "online", "wait"]), st.integers(1, 900)),
        max_size=25,
    )
)
@settings(max_examples=int(os.environ.get("HOSPES_EXAMPLES", "20")), deadline=None)
@pytest.mark.django_db
def test_after_every_sweep_the_state_is_what_the_rule_says(steps):
    with transaction.atomic():
        agent = operations.create_agent(email="p@demo.example", name="P", role="agent", actor=SYSTEM, now=NOON)
        actor, now, opened = desk_actor(agent), NOON, False
        for step, seconds in steps:
            now += timedelta(seconds=seconds)
            if step == "open":
                opened = True
                operations.note_connected(agent_ids=[agent.pk], process="w", now=now, active=True)
            elif step == "close":
                opened = False
                operations.note_disconnected(agent_id=agent.pk, process="w", now=now)
            elif step == "act" and opened:
                operations.note_activity(agent_id=agent.pk, now=now)
            elif step in {"busy", "offline", "online"}:
                operations.set_presence(agent=agent, state=step, actor=actor, now=now)
            if opened:
                operations.note_connected(agent_ids=[agent.pk], process="w", now=now)
            now += 3 * SECOND
            operations.sweep_presence(now=now)
            row = Presence.objects.filter(pk=agent.pk).first()
            if row is None:
                continue
            leased = DeskLease.objects.filter(agent=agent, until__gt=now).exists()
            assert row.connected == leased
            assert row.state == policies.presence_of(
                chosen=row.chosen, chosen_until=None, connected=leased, seen_at=row.seen_at, absent=False, now=now
            )
        changes = states(agent)
        assert all(before != after for before, after, _why in changes)
        assert all(one[1] == two[0] for one, two in pairwise(changes))
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_presence_is_ones_own_a_leads_team_and_a_managers_all():
    ours, theirs = make_team("Ours"), make_team("Theirs")
    agent, other = make_agent(teams=(ours,)), make_agent("Other", teams=(ours,))
    lead, stranger = make_agent("Lead", role="lead", teams=(ours,)), make_agent("Far", role="lead", teams=(theirs,))
    manager = make_agent("Boss", role="manager")
    for who in (agent, lead, manager):
        operations.set_presence(agent=agent, state="busy", actor=desk_actor(who), now=NOON)
    for who in (other, stranger):
        with pytest.raises(NotAllowed):
            operations.set_presence(agent=agent, state="busy", actor=desk_actor(who), now=NOON)


@pytest.mark.django_db
def test_presence_refuses_what_makes_no_sense():
    agent = make_agent()
    for given_, field in (({"state": "asleep"}, "state"), ({"state": "busy", "until": NOON}, "until")):
        with pytest.raises(InvalidInput) as refused:
            operations.set_presence(agent=agent, actor=SYSTEM, now=NOON, **given_)
        assert refused.value.field == field


@pytest.mark.django_db
def test_single_channels_are_switched_off_and_on_again():
    agent = make_agent()
    actor = desk_actor(agent)
    operations.set_channel_presence(agent=agent, channel="chat", on=False, actor=actor, now=NOON)
    operations.set_channel_presence(agent=agent, channel="chat", on=False, actor=actor, now=NOON)
    assert Presence.objects.get().channels == {"chat": False}
    operations.set_channel_presence(agent=agent, channel="chat", on=True, actor=actor, now=NOON)
    assert Presence.objects.get().channels == {}
    assert EventRow.objects.filter(name="ChannelPresenceChanged").count() == 2
