"""The socket from handshake to close, with real sessions and a real database."""

import asyncio
import json
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from hospes.core import clock
from hospes.core.actors import SYSTEM
from hospes.core.models import EventRow
from hospes.realtime import desks, queries, socket
from hospes.staff import operations as staff
from hospes.staff.models import DeskLease, Presence
from hospes.testing.people import NOON, make_agent, make_team, receive
from hospes.tickets import operations as tickets

pytestmark = pytest.mark.django_db(transaction=True)


class Page:
    """A browser's side of a socket."""

    def __init__(self, cookie: str = "", *, origin: str = "http://desk.example", cursor: object = "", fresh: int = 0):
        self.scope = {
            "type": "websocket",
            "headers": [
                (b"host", b"desk.example"),
                (b"origin", origin.encode()),
                (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
            ],
            "query_string": f"cursor={cursor}&fresh={fresh}".encode(),
        }
        self.to_server: asyncio.Queue = asyncio.Queue()
        self.from_server: asyncio.Queue = asyncio.Queue()
        self.events: list[dict] = []

    async def __aenter__(self):
        self.to_server.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(socket.app(self.scope, self.to_server.get, self.from_server.put))
        return self

    async def __aexit__(self, *error):
        self.to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await self.task

    async def next(self):
        message = await asyncio.wait_for(self.from_server.get(), 10)
        return json.loads(message["text"]) if message["type"] == "websocket.send" else message

    async def until(self, want):
        """The next message for which `want` is true; events on the way are kept."""
        while True:
            message = await self.next()
            self.events += message.get("events", [])
            if want(message):
                return message

    def say(self, **said):
        self.to_server.put_nowait({"type": "websocket.receive", "text": json.dumps(said)})


def run(story):
    """Run a story in an event loop of its own, then end the hub's tasks and connections."""

    async def whole():
        try:
            return await story()
        finally:
            here = socket._hubs.pop(id(asyncio.get_running_loop()), None)
            if here:
                await here.stop()

    return asyncio.run(whole())


def _close():
    from django.db import connection

    connection.close()


def sign_in(agent) -> str:
    client = Client()
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


async def aside(function, *args, **named):
    """Do database work as another process would."""

    def work():
        try:
            return function(*args, **named)
        finally:
            _close()

    return await asyncio.to_thread(work)


def test_row_21_a_socket_without_a_session_or_from_elsewhere_is_closed():
    agent = make_agent()
    cookie = sign_in(agent)

    async def story():
        async with Page() as stranger:
            assert (await stranger.next())["type"] == "websocket.accept"
            assert (await stranger.next())["code"] == 4401
        async with Page(cookie, origin="http://evil.example") as foreign:
            assert (await foreign.next())["code"] == 4403

    run(story)


def test_an_open_desk_hears_of_a_message_and_another_team_does_not():
    ours, theirs = make_team("Ours"), make_team("Theirs")
    here = sign_in(make_agent("Ours", teams=(ours,), only_own_teams=True))
    there = sign_in(make_agent("Theirs", teams=(theirs,), only_own_teams=True))
    received = receive()
    tickets.change_ticket(ticket=received.ticket, actor=SYSTEM, now=NOON, team=ours)

    async def story():
        async with Page(here) as page, Page(there) as other:
            await page.until(lambda m: m.get("type") == "hello")
            await other.until(lambda m: m.get("type") == "hello")
            await aside(tickets.add_note, ticket=received.ticket, actor=SYSTEM, now=NOON, text="Look at this")
            await aside(tickets.change_ticket, ticket=received.ticket, actor=SYSTEM, now=NOON, team=theirs)
            await page.until(lambda m: any(e["name"] == "TicketLeft" for e in m.get("events", [])))
            await other.until(lambda m: any(e["name"] == "TicketChanged" for e in m.get("events", [])))
            return [[e for e in p.events if e["ticket"]] for p in (page, other)]

    mine, others = run(story)
    assert [e["name"] for e in mine] == ["NoteAdded", "TicketLeft"]
    assert [e["name"] for e in others] == ["TicketChanged"]


def test_a_page_that_comes_back_hears_all_that_it_missed_also_what_committed_out_of_order():
    cookie = sign_in(make_agent())
    received = receive()
    since = queries.cursor_now()
    from django.db import connection, transaction

    with transaction.atomic():
        # This transaction takes its event id first and commits last.
        early = EventRow.objects.create(name="NoteAdded", at=NOON, actor_kind="system", subject="ticket", subject_id=1)
        done = threading.Event()

        def other():
            tickets.add_note(ticket=received.ticket, actor=SYSTEM, now=NOON, text="Quick")
            connection.close()
            done.set()

        threading.Thread(target=other).start()
        assert done.wait(10)
        between = queries.cursor_now()
    late_id = EventRow.objects.exclude(pk=early.pk).order_by("-id").values_list("pk", flat=True)[0]

    async def story(cursor):
        async with Page(cookie, cursor=cursor) as page:
            await page.until(lambda m: m.get("caught_up"))
            return [e["id"] for e in page.events]

    # Another database's transactions can hold the cursor back, so older events may come again; the page drops them.
    heard = run(lambda: story(since))
    assert heard[-2:] == [early.pk, late_id]
    assert heard == sorted(set(heard))
    assert early.pk in run(lambda: story(between))


def test_row_21_a_role_change_or_a_revoked_session_closes_the_socket_within_five_seconds():
    agent = make_agent()
    cookie = sign_in(agent)
    other = sign_in(make_agent("Ada"))

    async def story():
        async with Page(cookie) as page, Page(other) as second:
            await page.until(lambda m: m.get("type") == "hello")
            await second.until(lambda m: m.get("type") == "hello")
            await aside(staff.change_agent, agent=agent, actor=SYSTEM, now=NOON, role="light")
            await aside(_end_session, other)
            ends = [await p.until(lambda m: m.get("type") == "websocket.close") for p in (page, second)]
            return [end["code"] for end in ends]

    assert run(story) == [4401, 4401]


def _end_session(key):
    from django.contrib.sessions.models import Session

    Session.objects.filter(session_key=key).delete()


def test_two_agents_on_one_ticket_see_each_other_and_nobody_sees_a_foreign_ticket():
    team = make_team()
    ivo, ada = sign_in(make_agent("Ivo")), sign_in(make_agent("Ada"))
    limited = sign_in(make_agent("Lim", teams=(team,), only_own_teams=True))
    ticket = receive().ticket

    async def story():
        async with Page(ivo) as one, Page(ada) as two, Page(limited) as three:
            for page in (one, two, three):
                await page.until(lambda m: m.get("type") == "hello")
            one.say(type="presence", ticket=ticket.pk, state="viewing")
            await one.until(lambda m: m.get("type") == "presence" and m["people"])
            three.say(type="presence", ticket=ticket.pk, state="viewing")
            two.say(type="presence", ticket=ticket.pk, state="writing")
            both = await one.until(lambda m: m.get("type") == "presence" and len(m["people"]) == 2)
            three.say(type="ping")
            await three.until(lambda m: m["type"] != "events" and _is_pong(m))
            return sorted((p["name"], p["state"]) for p in both["people"])

    assert run(story) == [("Ada", "writing"), ("Ivo", "viewing")]


def _is_pong(message):
    assert message["type"] == "pong"
    return True


def test_open_desks_make_an_agent_present_and_colleagues_hear_of_it():
    ivo, ada = make_agent("Ivo"), make_agent("Ada")
    first, second = sign_in(ivo), sign_in(ada)

    async def story():
        async with Page(second) as colleague:
            await colleague.until(lambda m: m.get("type") == "hello")
            async with Page(first, fresh=1) as one, Page(first, fresh=1) as two:
                for page in (one, two):
                    await page.until(lambda m: m.get("type") == "hello")
                told = await colleague.until(_tells("PresenceChanged", ivo.pk))
                one.say(type="active")
            await aside(_settled_when, lambda: DeskLease.objects.filter(agent=ivo).get().until < SOON())
            return [e for e in told["events"] if e["name"] == "PresenceChanged" and e["data"]["agent_id"] == ivo.pk]

    (event,) = run(story)
    assert (event["data"]["before"], event["data"]["after"]) == ("offline", "online")
    assert Presence.objects.get(pk=ivo.pk).state == "online"  # for a few seconds more, then the sweep ends it
    staff.sweep_presence(now=clock.now())
    staff.sweep_presence(now=clock.now() + timedelta(seconds=20))
    assert Presence.objects.get(pk=ivo.pk).state == "offline"


def SOON():
    return clock.now() + timedelta(seconds=15)


def _tells(name, agent_id):
    return lambda m: any(e["name"] == name and e["data"]["agent_id"] == agent_id for e in m.get("events", []))


def _settled_when(holds):
    deadline = clock.now() + timedelta(seconds=10)
    while not holds():
        assert clock.now() < deadline
        threading.Event().wait(0.02)


def test_a_page_loaded_anew_is_never_said_to_be_gone_last():
    said = []

    async def story():
        leaving = asyncio.Event()

        async def in_thread(function, *args):
            if function is desks.say_gone:
                await leaving.wait()
            said.append(function.__name__)

        here = desks.Desks(in_thread)
        here.opened(7, active=True)
        here.closed(7)
        here.opened(7, active=True)
        asyncio.get_running_loop().call_later(0.05, leaving.set)
        await here.rest()

    asyncio.run(story())
    assert said == ["say_connected", "say_gone", "say_connected"]
