"""Visitors of a chat at their socket: who is let in, what each hears, what happens when the line is cut."""

import asyncio
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hospes.channels.chat import reading, shown
from hospes.channels.chat.tests.contract import ORIGIN, ChatContract
from hospes.channels.models import ChatVisitor
from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.realtime import chat, socket
from hospes.realtime.tests.test_socket import Page as Desk
from hospes.realtime.tests.test_socket import aside, run, sign_in
from hospes.routing import operations as routing
from hospes.testing.channels import Words, work
from hospes.testing.people import desk_actor, make_agent, make_team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Message, Ticket

pytestmark = pytest.mark.django_db(transaction=True)


class Guest(Desk):
    """A visitor's page at /ws/guest."""

    def __init__(self, inbox, token, *, origin=ORIGIN, cursor=0):
        super().__init__(origin=origin)
        self.hello = {"type": "hello", "kind": "chat", "inbox": inbox.pk, "token": token, "cursor": str(cursor)}

    async def __aenter__(self):
        self.to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(socket.guests_app(self.scope, self.to_server.get, self.from_server.put))
        assert (await self.next())["type"] == "websocket.accept"
        self.say(**self.hello)
        return self

    async def heard(self, kind):
        return await self.until(lambda m: m.get("type") == kind)

    async def code(self):
        return (await self.until(lambda m: m.get("type") == "websocket.close"))["code"]


@pytest.fixture
def contract():
    found = ChatContract()
    found.tokens.clear()
    return found


@pytest.fixture
def inbox(contract):
    return contract.inbox(None)


def begun(contract, inbox, sender="p1", text="Hello", message_id="m-1"):
    """A visitor with a talk: (their token, the ticket)."""
    words = Words(text=text, sender=sender, message_id=message_id)
    contract.deliver(inbox, words)
    work()
    return contract.token_of(inbox, words), Message.objects.order_by("-id").first().ticket


def reply(ticket, agent, text):
    message = tickets.reply(ticket=ticket, actor=desk_actor(agent), now=clock.now(), text=text)
    work()
    return message


def test_row_21_a_page_from_elsewhere_or_with_a_wrong_token_hears_nothing(contract, inbox):
    token, _ticket = begun(contract, inbox)

    async def story():
        codes = []
        for guest in (
            Guest(inbox, token, origin="https://evil.example"),
            Guest(inbox, token, origin=""),
            Guest(inbox, "x" * 43),
            Guest(inbox, ""),
            Guest(inbox, token, origin="null"),
        ):
            async with guest:
                codes.append(await guest.code())
        return codes

    assert run(story) == [4403, 4403, 4401, 4401, 4403]


def test_an_answer_reaches_its_visitor_and_nobody_else(contract, inbox):
    agent = make_agent()
    (anna, annas), (bek, _beks) = begun(contract, inbox), begun(contract, inbox, "p2", message_id="m-2")

    async def story():
        async with Guest(inbox, anna) as page, Guest(inbox, anna) as second, Guest(inbox, bek) as other:
            for guest in (page, second, other):
                await guest.heard("ready")
            await aside(reply, annas, agent, "It left today.")
            said = [(await guest.heard("message"))["message"] for guest in (page, second)]
            state = await page.heard("state")
            other.say(type="ping")
            before_pong = []
            await other.until(lambda m: before_pong.append(m["type"]) or m["type"] == "pong")
            return said, state["state"], before_pong

    said, state, heard = run(story)
    assert [(m["text"], m["from"], m["name"]) for m in said] == [("It left today.", "agent", "Ivo")] * 2
    assert state["status"] == "talking"
    assert "message" not in heard
    assert Message.objects.get(kind="reply").delivered_at is not None


def test_the_visitors_own_words_come_back_once_they_are_kept(contract, inbox):
    token, _ticket = begun(contract, inbox)

    async def story():
        async with Guest(inbox, token) as page:
            await page.heard("ready")
            await aside(contract.deliver, inbox, Words(text="And one more", message_id="m-9"))
            await aside(work)
            return (await page.heard("message"))["message"]

    message = run(story)
    assert (message["from"], message["text"]) == ("visitor", "And one more")
    assert message["client_id"]


def test_both_see_each_other_write_and_read(contract, inbox):
    agent = make_agent()
    cookie = sign_in(agent)
    token, ticket = begun(contract, inbox)
    [said] = Message.objects.all()

    async def story():
        async with Guest(inbox, token) as page, Desk(cookie) as desk:
            await page.heard("ready")
            await desk.until(lambda m: m.get("type") == "hello")
            desk.say(type="chat-typing", ticket=ticket.pk, watch=True, seen=said.pk)
            receipt = await page.heard("receipt")
            page.say(type="typing", on=True)
            written = await desk.until(lambda m: m.get("type") == "room" and "on" in m["data"])
            desk.say(type="chat-typing", ticket=ticket.pk, on=True)
            typing = await page.heard("typing")
            page.say(type="page", url="https://shop.example/cart", title="Cart")
            moved = await desk.until(lambda m: m.get("type") == "room" and "page" in m["data"])
            message = await aside(reply, ticket, agent, "Here I am")
            await page.heard("message")
            page.say(type="read", until=message.pk)
            await page.until(lambda m: m.get("type") == "receipt" and m["what"] == "read" and m["id"] == message.pk)
            return receipt, written["data"], typing, moved["data"]

    receipt, written, typing, moved = run(story)
    assert (receipt["id"], receipt["what"]) == (said.pk, "read")
    assert written["from"] == "visitor"
    assert typing == {"type": "typing", "on": True, "name": "Ivo"}
    assert moved["page"] == {"url": "https://shop.example/cart", "title": "Cart"}
    assert ChatVisitor.objects.get().page_title == "Cart"


def test_row_21_an_agent_who_may_not_see_the_ticket_hears_no_visitor(contract, inbox):
    ours, theirs = make_team("Ours"), make_team("Theirs")
    cookie = sign_in(make_agent("Outsider", teams=(theirs,), only_own_teams=True))
    token, ticket = begun(contract, inbox)
    key = ChatVisitor.objects.get().key
    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=clock.now(), team=ours)

    async def story():
        async with Guest(inbox, token) as page, Desk(cookie) as desk:
            await page.heard("ready")
            await desk.until(lambda m: m.get("type") == "hello")
            desk.say(type="chat-typing", ticket=ticket.pk, watch=True, on=True, seen=10**9)
            desk.say(type="ping")
            await desk.until(lambda m: m.get("type") == "pong")
            page.say(type="typing", on=True)
            page.say(type="ping")
            heard = []
            await page.until(lambda m: heard.append(m["type"]) or m["type"] == "pong")
            return heard, socket.hub().rooms.members(f"chat:{key}")

    heard, members = run(story)
    assert "typing" not in heard
    assert "receipt" not in heard
    assert len(members) == 1  # the visitor's own page alone


def test_row_21_an_agent_who_loses_the_ticket_hears_its_visitor_no_more(contract, inbox):
    ours, theirs = make_team("Ours"), make_team("Theirs")
    cookie = sign_in(make_agent("Ours", teams=(ours,), only_own_teams=True))
    token, ticket = begun(contract, inbox)
    key = ChatVisitor.objects.get().key
    tickets.change_ticket(ticket=ticket, actor=SYSTEM, now=clock.now(), team=ours)

    async def story():
        async with Guest(inbox, token) as page, Desk(cookie) as desk:
            await page.heard("ready")
            await desk.until(lambda m: m.get("type") == "hello")
            desk.say(type="chat-typing", ticket=ticket.pk, watch=True, on=True)
            await page.heard("typing")
            page.say(type="typing", on=True)
            await desk.until(lambda m: m.get("type") == "room")
            await aside(tickets.change_ticket, ticket=ticket, actor=SYSTEM, now=clock.now(), team=theirs)
            rooms = socket.hub().rooms
            async with asyncio.timeout(10):
                while len(rooms.members(f"chat:{key}")) > 1:
                    await asyncio.sleep(0.01)

    run(story)


def test_a_page_that_was_cut_off_is_told_to_catch_up(contract, inbox):
    agent = make_agent()
    token, ticket = begun(contract, inbox)
    talk = contract.ask(inbox, "talk/", token=token).json()

    async def story():
        async with Guest(inbox, token, cursor=talk["cursor"]) as page:
            await page.heard("ready")
        await aside(reply, ticket, agent, "While you were away")
        async with Guest(inbox, token, cursor=talk["cursor"]) as page:
            await page.heard("ready")
            await page.heard("resync")

    run(story)
    missed = contract.ask(inbox, f"talk/?after={talk['cursor']}", token=token).json()["messages"]
    assert "While you were away" in [m["text"] for m in missed]


def test_whose_page_is_open_is_known_and_so_is_that_it_closed(contract, inbox):
    token, _ticket = begun(contract, inbox)

    async def story():
        async with Guest(inbox, token) as page:
            await page.heard("ready")
            during = await aside(lambda: ChatVisitor.objects.get().connected_until)
        return during

    during = run(story)
    assert during > clock.now()
    assert ChatVisitor.objects.get().connected_until <= clock.now()


def test_an_event_costs_the_same_however_many_watch(contract, inbox):
    agent = make_agent()
    counts = []
    for number in range(2):
        talks = [begun(contract, inbox, f"p{number}-{n}", message_id=f"m-{number}-{n}") for n in range(1 + 4 * number)]
        messages = [reply(ticket, agent, "Answer").pk for _token, ticket in talks]
        keys = frozenset(ChatVisitor.objects.values_list("key", flat=True))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            told = shown.messages(messages, [], keys)
        assert len(told) == len(talks)
        shown.standings(sorted(keys))  # what a process remembers for some seconds (hours, usual waits) is known now
        with CaptureQueriesContext(connection) as stood:
            shown.standings(sorted(keys))
        counts.append((len(asked), len(stood)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 3


def test_a_visitor_is_told_of_nobody_elses_messages_even_by_mistake(contract, inbox):
    _token, ticket = begun(contract, inbox)
    agent = make_agent()
    note = tickets.add_note(ticket=ticket, actor=desk_actor(agent), now=clock.now(), text="Secret")
    key = ChatVisitor.objects.get().key
    assert shown.messages([note.pk], [], frozenset({key})) == []
    [told] = shown.messages([Message.objects.get(kind="incoming").pk], [], frozenset({key}))
    assert json.loads(told.text)["message"]["from"] == "visitor"
    assert shown.messages([told.message_id], [], frozenset({"another"})) == []


def test_a_talk_that_the_visitor_ended_stands_as_ended(contract, inbox):
    token, ticket = begun(contract, inbox)
    reading.end(visitor=ChatVisitor.objects.get(), now=clock.now())
    assert contract.ask(inbox, "talk/", token=token).json()["state"]["status"] == "ended"
    assert Ticket.objects.get() == ticket


def test_a_visitor_learns_of_their_place_when_the_talk_gets_one(contract, inbox, monkeypatch):
    monkeypatch.setattr(chat, "LINE_SECONDS", 3600.0)
    token, ticket = begun(contract, inbox)
    team = make_team("Chat")
    routing.create_queue(name="Chat", team=team, actor=SYSTEM, now=clock.now())

    async def story():
        async with Guest(inbox, token) as page:
            first = (await page.heard("ready"))["state"]
            await aside(routing.look_at_ticket, ticket.pk, now=clock.now())
            return first, (await page.heard("state"))["state"]

    before, after = run(story)
    assert (before["status"], before["position"]) == ("queued", None)
    assert (after["status"], after["position"]) == ("queued", 1)
