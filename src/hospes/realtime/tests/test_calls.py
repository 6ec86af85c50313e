"""Rooms of calls over real sockets: who sits down, who hears what, who is out and how soon."""

import asyncio
import json
import threading

import pytest

from hospes.calls import reading
from hospes.calls.models import Call, CallPart
from hospes.calls.operations import base, browser, links
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.realtime import calls, socket
from hospes.realtime.rooms import Rooms
from hospes.realtime.tests.test_socket import Page, aside, run, sign_in
from hospes.staff import operations as staff
from hospes.testing.people import desk_actor, make_agent, receive

pytestmark = pytest.mark.django_db(transaction=True)
NONCE = "abcdefgh"


class Guest(Page):
    """A caller's page."""

    def __init__(self, key, *, origin="http://desk.example", nonce=NONCE):
        super().__init__(origin=origin)
        self.key, self.nonce = key, nonce

    async def __aenter__(self):
        self.to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(socket.guests_app(self.scope, self.to_server.get, self.from_server.put))
        assert (await self.next())["type"] == "websocket.accept"
        self.say(type="hello", kind="call", key=self.key, nonce=self.nonce)
        return self


def a_call():
    agent = make_agent("Ivo")
    actor = desk_actor(agent)
    _link, token = links.make_link(ticket=receive().ticket, medium="browser", actor=actor, now=clock.now())
    entered = links.use_link(token=token, now=clock.now())
    browser.answer(call=entered.part.call, actor=actor, now=clock.now())
    return agent, Call.objects.get(), entered


async def sits(page, call_id):
    page.say(type="call", call=call_id, do="enter", nonce="agent-window-1")
    return await page.until(lambda m: m.get("do") == "entered")


async def heard_by(page):
    """What a page heard of the call until somebody said how it stands with them."""
    heard = []

    def last(message):
        heard.append(message.get("do"))
        return message.get("do") == "tell"

    await page.until(last)
    return heard


def test_those_in_a_call_find_each_other_and_signal(settings):
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example"], "secret"
    agent, call, entered = a_call()
    cookie = sign_in(agent)

    async def story():
        async with Page(cookie) as desk, Guest(entered.key) as guest:
            assert (await guest.next())["type"] == "state"
            mine = await guest.until(lambda m: m.get("do") == "entered")
            assert mine["ice"][0]["username"].endswith(f":{entered.part.pk}")
            seat = await sits(desk, call.pk)
            here = await guest.until(lambda m: m.get("do") == "here")
            assert (here["from"], here["kind"]) == (seat["peer"], "agent")
            there = await desk.until(lambda m: m.get("do") == "there")
            assert there["from"] == mine["peer"]
            desk.say(
                type="call", call=call.pk, do="signal", to=mine["peer"], data={"description": "x" * 6000}, kind="?"
            )
            heard = await guest.until(lambda m: m.get("do") == "signal")
            assert (heard["from"], len(heard["data"]["description"])) == (seat["peer"], 6000)

    run(story)


def test_row_21_nobody_sits_down_without_being_in_the_call():
    _agent, call, entered = a_call()
    admin = sign_in(make_agent("Eva", role="admin"))

    async def story():
        async with Page(admin) as desk:
            desk.say(type="call", call=call.pk, do="enter", nonce=NONCE)
            assert (await desk.until(lambda m: m.get("type") == "call"))["why"] == "not-in"
        for key, origin, code in (
            ("not a key", "http://desk.example", 4401),
            (entered.key, "http://evil.example", 4403),
            ("", "http://desk.example", 4401),
        ):
            async with Guest(key, origin=origin) as stranger:
                assert (await stranger.next())["code"] == code

    run(story)


def test_row_21_a_signal_reaches_only_whom_it_is_for():
    agent, call, entered = a_call()
    ada = make_agent("Ada")
    cookies = [sign_in(agent), sign_in(ada)]
    browser.invite(call=call, agent=ada, actor=desk_actor(agent), now=clock.now())
    browser.answer(call=call, actor=desk_actor(ada), now=clock.now())

    async def story():
        async with Page(cookies[0]) as ivo, Page(cookies[1]) as other, Guest(entered.key) as guest:
            mine = await guest.until(lambda m: m.get("do") == "entered")
            await sits(ivo, call.pk)
            await sits(other, call.pk)
            ivo.say(type="call", call=call.pk, do="signal", to=mine["peer"], data={"secret": 1})
            ivo.say(type="call", call=call.pk, do="tell", data={"muted": True})
            seen = await heard_by(other)
            assert "signal" not in seen

    run(story)


def test_row_21_who_is_taken_out_hears_no_more_within_seconds():
    agent, call, entered = a_call()
    cookie = sign_in(agent)

    async def story():
        async with Page(cookie) as desk, Guest(entered.key) as guest:
            await guest.until(lambda m: m.get("do") == "entered")
            await sits(desk, call.pk)
            await aside(staff.deactivate_agent, agent=agent, actor=SYSTEM, now=clock.now())
            await calls.seats_of(socket.hub()).look()
            assert (await guest.until(lambda m: m.get("do") == "gone"))["kind"] == "agent"
            await aside(base.end_call, call=call, actor=SYSTEM, now=clock.now())
            await calls.seats_of(socket.hub()).look()
            assert (await guest.until(lambda m: m.get("do") == "out"))["why"] == "over"
            assert not calls.seats_of(socket.hub()).taken

    run(story)


def test_a_second_window_takes_the_place_of_the_first():
    _agent, _call, entered = a_call()

    async def story():
        async with Guest(entered.key) as first:
            await first.until(lambda m: m.get("do") == "entered")
            async with Guest(entered.key, nonce="another-window") as second:
                await second.until(lambda m: m.get("do") == "entered")
                assert (await first.until(lambda m: m.get("do") == "out"))["why"] == "replaced"

    run(story)


@pytest.mark.parametrize("late", [False, True], ids=["the old line knows it", "the old line has not heard of it yet"])
def test_a_line_that_comes_back_is_the_same_seat(monkeypatch, late):
    agent, call, entered = a_call()
    cookie = sign_in(agent)

    def seen_at():
        return CallPart.objects.get(pk=entered.part.pk).seen_at

    async def story():
        async with Page(cookie) as desk:
            await sits(desk, call.pk)
            first = Guest(entered.key)
            await first.__aenter__()
            peer = (await first.until(lambda m: m.get("do") == "entered"))["peer"]
            await desk.until(lambda m: m.get("do") == "here" and m["from"] == peer)
            rooms, held = socket.hub().rooms, []
            with monkeypatch.context() as patience:
                if late:
                    patience.setattr(rooms, "heard", held.append)
                async with Guest(entered.key) as second:
                    assert (await second.until(lambda m: m.get("do") == "entered"))["peer"] == peer
                    seen = await aside(seen_at)
                    await first.__aexit__()
                    assert await aside(seen_at) >= seen, "nobody has gone"
                    patience.undo()
                    for payload in held:
                        rooms.heard(payload)
                    second.say(type="call", do="tell", data={"muted": True})
                    heard = await heard_by(desk)
                    assert "gone" not in heard

    run(story)


def test_who_sits_down_while_seats_are_looked_at_stays(monkeypatch):
    agent, call, entered = a_call()
    cookie = sign_in(agent)
    asked, told = threading.Event(), threading.Event()
    real = reading.still_seated

    def slow(parts):
        still = real(parts)
        asked.set()
        told.wait(10)
        return still

    async def story():
        async with Page(cookie) as desk, Guest(entered.key) as guest:
            await guest.until(lambda m: m.get("do") == "entered")
            seats = calls.seats_of(socket.hub())
            monkeypatch.setattr(reading, "still_seated", slow)
            looking = asyncio.create_task(seats.look())
            await asyncio.to_thread(asked.wait, 10)
            await sits(desk, call.pk)
            told.set()
            await looking
            assert {seat.place.kind for seat in seats.taken} == {"agent", "customer"}
            desk.say(type="call", call=call.pk, do="tell", data={"muted": True})
            heard = await heard_by(guest)
            assert "gone" not in heard

    run(story)


def test_coming_in_twice_is_coming_in_once():
    agent, call, entered = a_call()
    cookie = sign_in(agent)

    async def story():
        async with Page(cookie) as desk, Guest(entered.key) as guest:
            await guest.until(lambda m: m.get("do") == "entered")
            first, second = await sits(desk, call.pk), await sits(desk, call.pk)
            assert first == second
            desk.say(type="call", call=call.pk, do="tell", data={"muted": True})
            heard = await heard_by(guest)
            assert heard.count("here") == 1
            assert "gone" not in heard

    run(story)


class Open:
    """An outlet that keeps what is pushed."""

    closed = False

    def __init__(self):
        self.pushed = []

    def push(self, text):
        self.pushed.append(json.loads(text))


class Hall:
    """Rooms in which what is said is heard later."""

    def __init__(self):
        self.rooms = Rooms(lambda _channel, text: self.said.append(text))
        self.said = []


def a_seat(hall, *, nonce=NONCE):
    seat = calls.Seat(hall, Open(), reading.Place(1, 7, "customer", "Anna"), nonce)
    hall.rooms.enter(seat.room, seat)
    seat.say({"do": "here", "seat": seat.id, **seat.named()})
    return seat


@pytest.mark.parametrize("nonce", [NONCE, "another-window"])
def test_of_two_lines_of_one_person_the_newest_stays_however_late_the_older_is_heard(nonce):
    hall = Hall()
    old, new = a_seat(hall), a_seat(hall, nonce=nonce)  # both sit before either is heard
    for text in list(hall.said):
        hall.rooms.heard(text)
    assert (old.good, new.good) == (False, True)


def test_what_is_no_word_of_a_call_is_left_alone():
    _agent, _call, entered = a_call()

    async def story():
        async with Guest(entered.key) as guest:
            await guest.until(lambda m: m.get("do") == "entered")
            for odd in (
                {"type": "call", "do": "signal", "to": 1, "data": {}},
                {"type": "call", "do": "end"},
                {"type": 7},
            ):
                guest.to_server.put_nowait({"type": "websocket.receive", "text": json.dumps(odd)})
            guest.say(type="ping")
            assert (await guest.until(lambda m: True))["type"] == "pong"

    run(story)
