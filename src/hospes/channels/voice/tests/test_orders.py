"""What we ask of the provider, request by request as its documentation writes them, and what becomes of refusals.

"Calls resource", "Conference participant resource", "Conferences resource", "Recordings resource", "Basic
authentication". Failures are scripted at the stand-in: tried again with back-off, seen by people, never done twice.
"""

import base64
from datetime import timedelta

import pytest
from django.conf import settings

from hospes.calls.models import Call, CallOrder, CallPart, Recording
from hospes.calls.operations import base, browser, orders
from hospes.calls.operations.dialling import call_out
from hospes.channels.voice import carrying
from hospes.channels.voice.tests.conftest import IVO, MARA
from hospes.channels.voice.tests.contract import ACCOUNT, TOKEN
from hospes.channels.voice.tests.telephone import ANNA, OURS
from hospes.core import clock, files
from hospes.core.models import EventRow
from hospes.staff.models import Agent
from hospes.testing.people import desk_actor, receive
from hospes.testing.standin import Reply
from hospes.tickets.models import Ticket

ROOT = f"/2010-04-01/Accounts/{ACCOUNT}"
ROOM = "CF" + "1" * 32


def actor(name):
    return desk_actor(Agent.objects.get(name=name))


@pytest.fixture
def talk(net, team):
    """Anna talks with Ivo; the provider has told that she is in the room."""
    anna = net.caller()
    net.let()
    net.pick_up(IVO).press("1")
    net.let()
    net.tell_join(anna)
    net.provider.asked.clear()
    net.anna = anna
    return Call.objects.get()


def customer():
    return CallPart.objects.get(kind="customer")


def posted(net):
    """(path below the account, form) of what was posted."""
    return [(a.path.removeprefix(ROOT), a.form) for a in net.provider.asked if a.method == "POST"]


def test_hold_and_resume_are_updates_of_the_participant(net, talk):
    base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
    net.let()
    base.resume(part=customer(), actor=actor("Ivo"), now=clock.now())
    net.let()
    path = f"/Conferences/{ROOM}/Participants/{net.anna.sid}.json"
    music = f"{settings.PUBLIC_URL}/channels/voice/music.wav"
    assert posted(net) == [
        (path, {"Hold": "true", "HoldUrl": music, "HoldMethod": "GET"}),
        (path, {"Hold": "false"}),
    ]
    login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert {a.headers["authorization"] for a in net.provider.asked} == {f"Basic {login}"}


def test_a_room_of_which_we_were_not_told_is_looked_up_by_its_name(net, talk):
    Call.objects.update(facts={})
    net.provider.answers = [Reply(data={"conferences": [{"sid": ROOM}]})]
    base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
    net.let()
    looked, held = net.provider.asked
    assert (looked.method, looked.path) == ("GET", f"{ROOT}/Conferences.json")
    assert looked.params == {"FriendlyName": f"hospes-call-{talk.pk}", "Status": "in-progress"}
    assert held.path == f"{ROOT}/Conferences/{ROOM}/Participants/{net.anna.sid}.json"


def test_a_warm_transfer_brings_the_second_one_in_then_closes_the_first_line(net, talk):
    browser.invite(call=talk, agent=Agent.objects.get(name="Mara"), actor=actor("Ivo"), now=clock.now())
    net.let()
    part = CallPart.objects.get(agent__name="Mara")
    [(path, form)] = posted(net)
    here = f"{settings.PUBLIC_URL}/channels/voice/{net.inbox.pk}/part/{part.pk}/0"
    assert path == "/Calls.json"
    assert form == {
        "To": MARA, "From": OURS, "Url": f"{here}/answered/", "Method": "POST", "Timeout": "20",
        "StatusCallback": f"{here}/status/", "StatusCallbackMethod": "POST", "StatusCallbackEvent": "completed",
    }  # fmt: skip
    mara = net.pick_up(MARA)
    mara.press("1")
    assert mara.page.find("./Dial/Conference").text == f"hospes-call-{talk.pk}"
    assert CallPart.objects.filter(state="joined").count() == 3
    net.provider.asked.clear()
    ivo = CallPart.objects.get(agent__name="Ivo")
    base.leave(part=ivo, actor=actor("Ivo"), now=clock.now())
    net.let()
    assert posted(net) == [(f"/Calls/{ivo.provider_id}.json", {"Status": "completed"})]
    talk.refresh_from_db()
    assert (talk.state, talk.agent.name, Ticket.objects.get().assignee.name) == ("talking", "Mara", "Mara")


def test_hanging_up_for_all_closes_every_line_once(net, talk):
    base.end_call(call=talk, actor=actor("Ivo"), now=clock.now())
    net.let(40)
    net.let(40)
    lines = set(CallPart.objects.values_list("provider_id", flat=True))
    assert sorted(posted(net)) == sorted((f"/Calls/{sid}.json", {"Status": "completed"}) for sid in lines)


def test_a_call_of_ours_rings_the_agent_then_the_customer(net, team):
    ticket = receive(now=clock.now()).ticket
    call_out(ticket=ticket, number=ANNA, actor=actor("Mara"), now=clock.now())
    net.let()
    net.pick_up(MARA).press("1")
    net.let()
    calls = [form for path, form in posted(net) if path == "/Calls.json"]
    first, second = CallPart.objects.order_by("id")
    assert [(c["To"], c["From"]) for c in calls] == [(MARA, OURS), (ANNA, OURS)]
    assert [c["Url"].split("/part/")[1] for c in calls] == [f"{p.pk}/0/answered/" for p in (first, second)]


TEMPORARY = {
    "too many": Reply(status=429, data={"code": 20429, "message": "Too Many Requests"}),
    "a fault": Reply(status=500, data={}),
    "cut": Reply(drop=True),
}


@pytest.mark.parametrize("fault", TEMPORARY)
@pytest.mark.parametrize("what", ["hold", "hang_up"])
def test_what_fails_for_a_while_is_done_later_and_once(net, talk, fault, what):
    net.provider.answers = [TEMPORARY[fault]]
    if what == "hold":
        base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
    else:
        orders.hang_up(part_id=customer().pk, now=clock.now())
    asked = len(net.provider.asked)
    carrying.carry_out(now=clock.now() + timedelta(seconds=1))
    net.let()
    order = CallOrder.objects.get(what=what)
    assert (order.state, order.attempts) == ("waiting", 1)
    assert order.words
    assert len(net.provider.asked) == asked + 1
    net.let(60)
    net.let(60)
    order.refresh_from_db()
    assert (order.state, order.attempts, len(net.provider.asked)) == ("done", 2, asked + 2)


def test_the_provider_says_how_long_to_wait(net, talk):
    net.provider.answers = [Reply(status=429, data={}, headers={"Retry-After": "20"})]
    base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
    net.let()
    assert CallOrder.objects.get(what="hold").next_try_at > clock.now() + timedelta(seconds=15)


@pytest.mark.parametrize("what", ["hold", "resume"])
def test_what_the_provider_refuses_for_good_is_taken_back_and_said(net, talk, what):
    if what == "resume":
        base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
        net.let()
    net.provider.answers = [Reply(status=400, data={"code": 21220, "message": "Call is not in-progress"})]
    getattr(base, what)(part=customer(), actor=actor("Ivo"), now=clock.now())
    net.let()
    net.let(60)
    assert CallOrder.objects.get(what=what).state == "failed"
    assert customer().state == ("joined" if what == "hold" else "held")
    talk.refresh_from_db()
    assert talk.state == ("talking" if what == "hold" else "held")
    told = EventRow.objects.get(name="CallOrderFailed").data
    assert (told["what"], told["words"]) == (what, "400 Call is not in-progress (21220)")


def test_a_fault_without_an_end_is_given_up_after_some_tries(net, talk):
    net.provider.usual = lambda asked: Reply(status=503)
    base.hold(part=customer(), actor=actor("Ivo"), now=clock.now())
    for _time in range(8):
        net.let(60)
    assert CallOrder.objects.get(what="hold").state == "failed"
    assert len(net.provider.asked) == 3
    assert customer().state == "joined"


def test_a_line_whose_opening_we_did_not_hear_of_is_not_rung_twice(net, team):
    ticket = receive(now=clock.now()).ticket
    call_out(ticket=ticket, number=ANNA, actor=actor("Mara"), now=clock.now())
    rings = {"sid": "CA" + "5" * 32, "status": "ringing", "direction": "outbound-api"}
    over = {"sid": "CA" + "4" * 32, "status": "completed", "direction": "outbound-api"}
    net.provider.answers = [Reply(drop=True), Reply(data={"calls": [over, rings]})]
    net.let()
    net.let(30)
    made, looked = net.provider.asked
    assert (made.method, made.path, looked.method, looked.path) == ("POST", looked.path, "GET", f"{ROOT}/Calls.json")
    assert looked.params == {"To": MARA, "From": OURS, "PageSize": "20"}
    assert CallPart.objects.get().provider_id == rings["sid"]


def test_a_ring_that_was_not_taken_is_made_anew(net, team):
    ticket = receive(now=clock.now()).ticket
    call_out(ticket=ticket, number=ANNA, actor=actor("Mara"), now=clock.now())
    net.provider.answers = [Reply(status=429, data={}), Reply(data={"calls": []})]
    net.let()
    net.let(30)
    assert [(a.method, a.path) for a in net.provider.asked] == [
        ("POST", f"{ROOT}/Calls.json"), ("GET", f"{ROOT}/Calls.json"), ("POST", f"{ROOT}/Calls.json"),
    ]  # fmt: skip


def test_a_number_that_cannot_be_rung_makes_room_for_the_next(net, team):
    net.provider.answers = [Reply(status=400, data={"code": 21211, "message": "Invalid To number"})]
    net.caller()
    net.let()
    assert [form["To"] for _sid, form in net.rung] == [MARA]
    assert EventRow.objects.filter(name="CallMissed", data__why="failed").count() == 1


def told_of_recording(net, talk):
    """The provider tells that the talk was recorded."""
    sid = "RE" + "3" * 32
    url = f"{settings.PUBLIC_URL}/channels/voice/{net.inbox.pk}/{talk.pk}/0/recording/"
    form = {
        "RecordingSid": sid, "RecordingStatus": "completed", "RecordingDuration": "31",
        "RecordingUrl": "https://elsewhere.example/steal", "ConferenceSid": ROOM,
    }  # fmt: skip
    net.anna.post(url, **form)
    return sid


RECORDINGS = [
    ("at once", [], 1, "ready"),
    ("not on all servers yet", [Reply(status=404)], 2, "ready"),
    ("too many", [TEMPORARY["too many"]], 2, "ready"),
    ("a fault", [TEMPORARY["a fault"]], 2, "ready"),
    ("cut", [TEMPORARY["cut"]], 2, "ready"),
    ("never", [Reply(status=500)] * 30, 10, "failed"),
    ("refused", [Reply(status=400)], 1, "failed"),
]


@pytest.mark.parametrize(("case", "answers", "tries", "state"), RECORDINGS, ids=[r[0] for r in RECORDINGS])
def test_a_recorded_talk_is_told_noted_and_fetched(net, talk, case, answers, tries, state):
    net.provider.answers = list(answers)
    sid = told_of_recording(net, talk)
    assert net.anna.status == 204
    assert net.anna.again().status == 204
    for _time in range(12):
        net.let(24 * 3600)
    made = Recording.objects.get()
    assert (made.kind, made.seconds, made.state, made.attempts) == ("talk", 31, state, tries)
    assert {a.path for a in net.provider.asked if a.method == "GET"} == {f"{ROOT}/Recordings/{sid}.mp3"}
    names = EventRow.objects.filter(name__in=["RecordingReady", "RecordingFailed"]).values_list("name", flat=True)
    assert list(names) == ["RecordingReady" if state == "ready" else "RecordingFailed"]
    if state == "ready":
        assert files.load(made.file_key) == b"ID3 sound"
        assert made.content_type == "audio/mpeg"
