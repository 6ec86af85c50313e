"""Calls as they are kept: who rang, who answered, how it ended, and what was told."""

from datetime import timedelta

import pytest

from hospes.calls import operations as calls
from hospes.calls.models import Call, CallPart
from hospes.core.actors import SYSTEM
from hospes.core.errors import Conflict, InvalidInput, NotFound
from hospes.core.models import EventRow
from hospes.testing.people import NOON, desk_actor, make_agent, make_team, receive


def told():
    """The names of the events of calls, in order."""
    return [n for n in EventRow.objects.order_by("id").values_list("name", flat=True) if n.startswith("Call")]


@pytest.fixture
def ringing(db):
    """An incoming call that waits, and somebody to answer it."""
    ticket = receive().ticket
    call = calls.begin_call(
        ticket=ticket,
        inbox=ticket.inbox,
        medium="phone",
        direction="in",
        actor=SYSTEM,
        now=NOON,
        from_number="+37120000001",
    )  # fmt: skip
    return call, make_agent("Ivo")


def test_a_call_is_answered_and_ends_with_its_length(ringing):
    call, ivo = ringing
    part = calls.ring(call=call, agent=ivo, actor=SYSTEM, now=NOON + timedelta(seconds=5))
    calls.join(part=part, actor=desk_actor(ivo), now=NOON + timedelta(seconds=12))
    customer = CallPart.objects.get(call=call, kind="customer")
    ended = calls.leave(part=customer, actor=SYSTEM, now=NOON + timedelta(seconds=72))
    assert (ended.state, ended.agent_id, ended.ended_by) == ("ended", ivo.pk, "customer")
    assert told() == ["CallStarted", "CallQueued", "CallRang", "CallAnswered", "CallEnded"]
    assert EventRow.objects.get(name="CallAnswered").data["waited_seconds"] == 12
    assert EventRow.objects.get(name="CallEnded").data["seconds"] == 60
    assert not CallPart.objects.filter(state__in=["joined", "ringing", "held"]).exists()


def test_an_agent_who_does_not_answer_makes_room_for_the_next(ringing):
    call, ivo = ringing
    anna = make_agent("Anna")
    part = calls.ring(call=call, agent=ivo, actor=SYSTEM, now=NOON)
    with pytest.raises(Conflict):
        calls.ring(call=call, agent=anna, actor=SYSTEM, now=NOON)
    calls.miss(part=part, actor=SYSTEM, now=NOON)
    assert Call.objects.get().state == "queued"
    calls.ring(call=call, agent=anna, actor=SYSTEM, now=NOON)
    with pytest.raises(Conflict):
        calls.join(part=part, actor=SYSTEM, now=NOON)


def test_nobody_answers_for_somebody_else_nor_sees_calls_of_other_teams(ringing):
    call, ivo = ringing
    part = calls.ring(call=call, agent=ivo, actor=SYSTEM, now=NOON)
    nosy = make_agent("Nosy", teams=(make_team("Other"),), only_own_teams=True)
    with pytest.raises(NotFound):
        calls.join(part=part, actor=desk_actor(nosy), now=NOON)
    with pytest.raises(NotFound):
        calls.end_call(call=call, actor=desk_actor(nosy), now=NOON)


def test_a_transfer_hands_the_call_on(ringing):
    call, ivo = ringing
    anna = make_agent("Anna")
    first = calls.ring(call=call, agent=ivo, actor=SYSTEM, now=NOON)
    calls.join(part=first, actor=SYSTEM, now=NOON)
    customer = CallPart.objects.get(call=call, kind="customer")
    assert calls.hold(part=customer, actor=desk_actor(ivo), now=NOON).state == "held"
    second = calls.ring(call=call, agent=anna, kind="agent", actor=desk_actor(ivo), now=NOON)
    calls.join(part=second, actor=SYSTEM, now=NOON)
    assert calls.resume(part=customer, actor=desk_actor(ivo), now=NOON).state == "talking"
    assert calls.leave(part=first, actor=SYSTEM, now=NOON).agent_id == anna.pk
    assert calls.leave(part=second, actor=SYSTEM, now=NOON).state == "ended"
    assert told()[-4:] == ["CallResumed", "CallLeft", "CallMoved", "CallEnded"]


def test_what_came_of_it_is_written_down_once(ringing):
    call, ivo = ringing
    for _twice in range(2):
        calls.note_call(call=call, outcome="solved", notes="Sent a new lid.", actor=desk_actor(ivo), now=NOON)
    assert told().count("CallNoted") == 1
    with pytest.raises(InvalidInput):
        calls.note_call(call=call, outcome="vague", notes="", actor=desk_actor(ivo), now=NOON)
