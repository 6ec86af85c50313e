"""Call-backs from the promise to the talk: the agent first, then the customer; missed ones are tried again by rule."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from hospes.calls import numbers, slots
from hospes.calls.models import Call, Callback, PhoneSetup, Recording
from hospes.calls.operations import browser
from hospes.calls.operations.callbacks import cancel_callback, finish_callback, request_callback, reschedule_callback
from hospes.calls.operations.dialling import call_out, dial_due
from hospes.channels.models import Delivery
from hospes.channels.voice.tests.conftest import IVO, MARA
from hospes.channels.voice.tests.telephone import ANNA
from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import Conflict, InvalidInput, NotFound, RateLimited
from hospes.core.models import EventRow
from hospes.staff.models import Agent, Presence
from hospes.testing.people import desk_actor, make_agent, make_team, receive
from hospes.tickets.models import Message, Ticket


@pytest.fixture
def ticket(net, team):
    """A customer who wrote by mail, so that we know another way to reach them."""
    return receive(now=clock.now()).ticket


def ask(ticket, *, number=ANNA, source="portal", **more):
    """The customer asks to be called."""
    actor = Actor(kind="customer", id=ticket.customer_id, name="Anna", via="portal")
    return request_callback(
        number=number, source=source, actor=actor, now=clock.now(), customer=ticket.customer, ticket=ticket, **more
    )


def go(net, seconds=0):
    """Time goes by, workers work, what is due is dialled."""
    net.skew += timedelta(seconds=seconds)
    net.let()
    dial_due(now=clock.now() + timedelta(seconds=1))
    net.let()


def names():
    """What was told of call-backs."""
    rows = EventRow.objects.filter(name__startswith="Callback").order_by("id")
    return [row.name for row in rows]


def test_the_agent_is_rung_first_then_the_customer_and_the_promise_is_kept(net, team, ticket):
    callback = ask(ticket)
    go(net)
    [(_sid, first)] = net.rung
    assert first["To"] == IVO
    ivo = net.pick_up(IVO)
    assert ivo.does == ["Gather", "Say"]
    assert "connect" in ivo.words
    assert ivo.press("1").does == ["Dial", "Conference"]
    net.let()
    assert net.rung[-1][1]["To"] == ANNA
    customer = net.pick_up(ANNA)
    assert customer.does == ["Say", "Dial", "Conference"]
    assert customer.mark("Conference", "statusCallbackEvent") == "join leave"
    room = {line.page.find("./Dial/Conference").text for line in (ivo, customer)}
    assert len(room) == 1
    net.let()
    callback.refresh_from_db()
    assert (callback.state, callback.agent.name) == ("done", "Ivo")
    ticket.refresh_from_db()
    assert ticket.assignee.name == "Ivo"
    assert names() == ["CallbackRequested", "CallbackDone"]
    customer.hang_up()
    net.let()
    assert any(form == {"Status": "completed"} for _path, form in net.told)


def test_an_agent_who_does_not_pick_up_makes_room_for_the_next_at_once(net, team, ticket):
    callback = ask(ticket)
    go(net)
    net.ignore(IVO)
    net.let()
    assert [form["To"] for _sid, form in net.rung] == [IVO, MARA]
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == ("calling", 0)


def test_a_customer_who_does_not_pick_up_is_tried_again_by_rule_then_written_to(net, team, ticket):
    callback = ask(ticket)
    waits = []
    for _try in range(4):
        go(net)
        rung = net.rung[-1][1]["To"]
        net.pick_up(rung).press("1")
        net.let()
        before = clock.now()
        net.ignore(ANNA)
        net.let()
        callback.refresh_from_db()
        assert Call.objects.order_by("-id").first().state == "ended"
        if callback.state == "waiting":
            waits.append(round((callback.next_try_at - before).total_seconds() / 60))
            net.skew += callback.next_try_at - clock.now()
    assert waits == [5, 30, 120]
    assert (callback.state, callback.attempts) == ("given_up", 4)
    told = Message.objects.get(ticket=ticket, automatic=True, kind=Message.Kind.REPLY, text__contains="tried to call")
    assert Delivery.objects.filter(message=told).exists() or told.delivery != "none"
    assert names()[-1] == "CallbackGivenUp"


def test_nobody_of_ours_for_long_puts_it_off_without_counting(net, team, ticket):
    Presence.objects.update(state="offline")
    callback = ask(ticket)
    go(net)
    callback.refresh_from_db()
    assert callback.state == "calling"
    go(net, 16 * 60)
    callback.refresh_from_db()
    assert (callback.state, callback.attempts) == ("waiting", 0)
    assert not net.rung


def test_a_customer_who_calls_meanwhile_need_not_be_called(net, team, ticket):
    now = clock.now() + timedelta(hours=3)
    callback = request_callback(
        number=ANNA, source="agent", actor=desk_actor(Agent.objects.get(name="Ivo")), now=clock.now(),
        customer=ticket.customer, ticket=ticket, wanted_from=now,
    )  # fmt: skip
    net.caller()
    Call.objects.update(ticket=ticket)
    net.let(20)
    net.pick_up(net.rung[-1][1]["To"]).press("1")
    net.let()
    callback.refresh_from_db()
    assert callback.state == "done"


@pytest.mark.parametrize(
    "number",
    [
        "",
        "hello",
        "112",
        "+371 9000 0000",
        "90000000",
        "+1 900 555 0123",
        "+44 20 7946 0018",
        "+881 6 1234 5678",
        "+8835100",
    ],
)
def test_numbers_that_are_none_or_cost_dear_are_refused_by_name(net, team, ticket, number):
    with pytest.raises(InvalidInput) as refused:
        ask(ticket, number=number)
    assert refused.value.field == "number"
    assert not Callback.objects.exists()


def test_a_country_on_the_list_may_be_called(net, team, ticket):
    PhoneSetup.objects.create(inbox=net.inbox, countries=["EE", "LV"])
    assert ask(ticket, number="+372 5123 4567").number == "+37251234567"
    assert numbers.region_of("+37251234567") == "EE"


def test_one_number_is_called_at_most_three_times_a_day(net, team, ticket):
    for _again in range(3):
        cancel_callback(callback_id=ask(ticket).pk, actor=Actor(kind="system"), now=clock.now())
    with pytest.raises(RateLimited):
        ask(ticket)


def test_asked_twice_it_is_one_call_back_with_the_new_time(net, team, ticket):
    first = ask(ticket)
    with patch("hospes.calls.phones.everybody_with_a_phone", return_value=2):
        slot = slots.slots(None, now=clock.now(), people=lambda a, b: 2, booked=[])[3]
        again = ask(ticket, wanted_from=slot.starts_at)
    assert first.pk == again.pk
    assert again.wanted_from == slot.starts_at
    assert again.promised_at == slot.starts_at + slots.LENGTH


def test_a_slot_without_room_is_refused(net, team, ticket):
    with pytest.raises(InvalidInput) as refused:
        ask(ticket, wanted_from=clock.now() + timedelta(hours=2, minutes=7))
    assert refused.value.code == "taken"


def test_moving_cancelling_and_done_by_hand(net, team, ticket):
    ivo = desk_actor(Agent.objects.get(name="Ivo"))
    callback = ask(ticket)
    later = clock.now() + timedelta(days=1)
    assert (
        reschedule_callback(callback_id=callback.pk, wanted_from=later, actor=ivo, now=clock.now()).next_try_at == later
    )
    assert finish_callback(callback_id=callback.pk, actor=ivo, now=clock.now()).state == "done"
    with pytest.raises(Conflict):
        cancel_callback(callback_id=callback.pk, actor=ivo, now=clock.now())
    stranger = desk_actor(make_agent("Nosy", teams=(make_team("Other"),), only_own_teams=True))
    Ticket.objects.update(team=team)
    with pytest.raises(NotFound):
        finish_callback(callback_id=callback.pk, actor=stranger, now=clock.now())


def test_an_agent_calls_a_customer_and_their_own_phone_rings_first(net, team, ticket):
    mara = Agent.objects.get(name="Mara")
    call_out(ticket=ticket, number="20 000 001", actor=desk_actor(mara), now=clock.now())
    net.let()
    assert net.rung[-1][1]["To"] == MARA
    net.ignore(MARA)
    net.let()
    assert Call.objects.get().state == "ended"
    assert len(net.rung) == 1


def test_slots_keep_to_hours_room_and_quarters():
    now = clock.now().replace(hour=9, minute=7)
    found = slots.slots(
        None, now=now, people=lambda a, b: 1, booked=[now.replace(minute=30, second=0, microsecond=0)] * 4
    )
    assert all(s.starts_at.minute % 15 == 0 and s.ends_at - s.starts_at == slots.LENGTH for s in found)
    assert found[0].starts_at > now
    assert all(s.left > 0 for s in found)
    assert not slots.slots(None, now=now, people=lambda a, b: 0, booked=[])


def connected(net, ticket):
    """The agent is on the line, the customer's phone rings."""
    callback = ask(ticket)
    go(net)
    net.pick_up(IVO).press("1")
    net.let()
    return callback


@pytest.mark.parametrize(("digits", "recorded"), [("", True), ("5", True), ("9", False)])
def test_a_customer_whom_we_call_hears_of_the_recording_and_may_refuse_it(net, team, ticket, digits, recorded):
    PhoneSetup.objects.create(inbox=net.inbox, record=True)
    callback = connected(net, ticket)
    assert net.phone(IVO).mark("Conference", "record") is None  # the customer has not chosen yet
    customer = net.pick_up(ANNA)
    assert customer.does == ["Say", "Gather", "Say", "Say"]
    callback.refresh_from_db()
    assert callback.state == "calling"
    customer.press(digits)
    assert customer.does == (["Start", "Recording"] if recorded else []) + ["Dial", "Conference"]
    assert customer.mark("Conference", "record") is None
    net.let()
    callback.refresh_from_db()
    assert callback.state == "done"
    call = Call.objects.get()
    assert call.facts["consent"] == ("told" if recorded else "no")
    assert EventRow.objects.filter(name="CallConsent", data__yes=False).exists() == (not recorded)
    if recorded:
        customer.post(customer.mark("Recording", "recordingStatusCallback"), RecordingSid="RE" + "3" * 32,
                      RecordingStatus="completed", RecordingDuration="31")  # fmt: skip
    browser.invite(
        call=call, agent=Agent.objects.get(name="Mara"), actor=desk_actor(Agent.objects.get(name="Ivo")),
        now=clock.now(),
    )  # fmt: skip
    net.let()
    net.pick_up(MARA).press("1")
    assert net.phone(MARA).does == ["Dial", "Conference"]
    assert net.phone(MARA).mark("Conference", "record") is None
    assert Recording.objects.exists() == recorded


def test_a_recording_of_somebody_who_refused_is_not_fetched_even_when_the_provider_made_one(net, team, ticket):
    PhoneSetup.objects.create(inbox=net.inbox, record=True)
    connected(net, ticket)
    customer = net.pick_up(ANNA).press("9")
    where = customer.mark("Conference", "statusCallback").replace("/conference/", "/recording/")
    customer.post(where, RecordingSid="RE" + "3" * 32, RecordingStatus="completed", RecordingDuration="31")
    assert customer.status == 204
    assert not Recording.objects.exists()
    assert not Call.objects.get().recorded


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize(
    ("who", "person"),
    [
        ("human", True), ("unknown", True), ("", True), ("machine_start", False), ("machine_end_beep", False),
        ("machine_end_silence", False), ("machine_end_other", False), ("fax", False),
    ],
)  # fmt: skip
def test_an_answering_machine_is_no_answer(net, team, ticket, who, person, record):
    PhoneSetup.objects.create(inbox=net.inbox, record=record)
    callback = connected(net, ticket)
    _sid, form = net.rung[-1]
    assert (form["To"], form["MachineDetection"]) == (ANNA, "Enable")
    customer = net.phone(ANNA)
    customer.post(form["Url"], CallStatus="in-progress", AnsweredBy=who)
    if person and record:
        customer.press()
    assert (customer.does[-1] == "Conference") is person
    net.let()
    callback.refresh_from_db()
    assert callback.state == ("done" if person else "waiting")
    if not person:
        assert customer.does == ["Hangup"]
        assert (callback.attempts, round((callback.next_try_at - clock.now()).total_seconds() / 60)) == (1, 5)
        assert EventRow.objects.get(name="CallMissed").data["why"] == "machine"
        assert Call.objects.get().state == "ended"
        assert any(form == {"Status": "completed"} for _path, form in net.told)


def test_nobody_listens_for_machines_where_that_is_off_nor_at_our_own_phones(net, team, ticket):
    PhoneSetup.objects.create(inbox=net.inbox, detect_machines=False)
    connected(net, ticket)
    assert [form.get("MachineDetection") for _sid, form in net.rung] == [None, None]
    PhoneSetup.objects.update(detect_machines=True)
    call_out(ticket=ticket, number=ANNA, actor=desk_actor(Agent.objects.get(name="Mara")), now=clock.now())
    net.let()
    assert (net.rung[-1][1]["To"], net.rung[-1][1].get("MachineDetection")) == (MARA, None)
