"""The hub of one web process: listens to PostgreSQL once, and hands each event to the open screens that may hear it."""

import asyncio
import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import close_old_connections, connection

from hospes.realtime import queries
from hospes.realtime.desks import Desks
from hospes.realtime.guests import Guest
from hospes.realtime.outlet import Outlet, Send
from hospes.realtime.policies import Heard, as_message, may_hear
from hospes.realtime.rooms import CHANNEL, Rooms

log = logging.getLogger(__name__)
BATCH = 2000
CHECK_SECONDS = 3.0
PRESENCE_SECONDS = 45.0
THREADS = 2


class Socket(Outlet):
    """One open screen of an agent."""

    __slots__ = ("ready", "shown", "visitor")

    def __init__(self, visitor: queries.Visitor, send: Send) -> None:
        super().__init__(send)
        self.visitor = visitor
        self.shown: int | None = None
        self.ready = False


class Hub:
    """All sockets of this process. Started by the first one, ends with the event loop."""

    def __init__(self) -> None:
        self.sockets: set[Socket] = set()
        self.cursor = 0
        self._seen: set[int] = set()
        self._listening: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="hub")
        self._presence: dict[int, dict[int, tuple[str, str, float]]] = {}
        self._outgoing: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.guests: set[Guest] = set()
        self.rooms = Rooms(lambda channel, payload: self._outgoing.put_nowait((channel, payload)))
        self.desks = Desks(self.in_thread)

    async def in_thread(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run database work of Django's in one of two threads, so that sockets never hold many connections."""

        def run() -> Any:
            close_old_connections()
            return function(*args)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def start(self) -> None:
        """Make sure that the listener runs and has its first cursor."""
        if self._listening is None or self._listening.done():
            self._ready.clear()
            self._listening = asyncio.create_task(self._listen_forever())
            self._checking = asyncio.create_task(self._check_forever())
        await self._ready.wait()

    async def stop(self) -> None:
        """Stop listening and give the database connections back."""
        tasks = [task for task in (self._listening, self._checking) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.desks.rest()
        both = threading.Barrier(THREADS)

        def leave() -> None:
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(5)  # so that each thread closes its own connection
            connection.close()

        await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(self._threads, leave) for _ in range(THREADS))
        )
        self._threads.shutdown()

    def add(self, socket: Socket, *, active: bool = False) -> None:
        """A socket joins; `active` when somebody has just loaded its page."""
        self.sockets.add(socket)
        self.desks.opened(socket.visitor.actor.own_id, active=active)

    def remove(self, socket: Socket) -> None:
        """A socket leaves, and is seen to leave its ticket."""
        self.sockets.discard(socket)
        self.rooms.leave_all(socket)
        self.desks.closed(socket.visitor.actor.own_id)
        if socket.shown is not None:
            self.tell_presence(socket, socket.shown, "gone")

    # Listening ---------------------------------------------------------------------------------

    async def _listen_forever(self) -> None:
        pause = 0.2
        while True:
            try:
                await self._listen()
                pause = 0.2
            except (psycopg.Error, OSError) as error:
                log.warning("Live updates wait for the database: %s", error)
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)

    async def _listen(self) -> None:
        parameters = await self.in_thread(connection_parameters)
        async with (
            await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listener,
            await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as reader,
        ):
            await listener.execute("LISTEN hospes_events")
            await listener.execute("LISTEN hospes_presence")
            await listener.execute(f"LISTEN {CHANNEL}")
            if not self.cursor:
                row = await (await reader.execute(f"SELECT {queries.CURSOR}")).fetchone()
                self.cursor = int(row[0]) if row else 0
            await self._push_new(reader)  # what came while we were not listening
            self._ready.set()
            sender = asyncio.create_task(self._send_presence(reader))
            try:
                while True:
                    await self._one_wait(listener, reader)
            finally:
                sender.cancel()

    async def _one_wait(self, listener: "psycopg.AsyncConnection[Any]", reader: "psycopg.AsyncConnection[Any]") -> None:
        events = False
        async for notice in listener.notifies(timeout=20, stop_after=1):
            if notice.channel == "hospes_presence":
                self._hear_presence(notice.payload)
            elif notice.channel == CHANNEL:
                self.rooms.heard(notice.payload)
            else:
                events = True
        if events:
            await self._push_new(reader)

    async def _push_new(self, reader: "psycopg.AsyncConnection[Any]") -> None:
        """Hand out what is new since the cursor, page by page, then move the cursor to where it stood at the start."""
        row = await (await reader.execute(f"SELECT {queries.CURSOR}")).fetchone()
        next_cursor = int(row[0]) if row else self.cursor
        place = (self.cursor - 1, 2**62)
        recent: set[int] = set()
        while True:
            rows = await (await reader.execute(queries.SINCE, [*place, BATCH])).fetchall()
            fresh = sorted((as_heard(r) for r in rows if r[0] not in self._seen), key=lambda e: e.id)
            recent |= {r[0] for r in rows if r[-2] >= next_cursor}
            if fresh:
                self.hand_out(fresh)
                for guest in tuple(self.guests):
                    guest.hear(fresh)
            if len(rows) < BATCH:
                break
            place = (rows[-1][-2], rows[-1][0])
        self.cursor, self._seen = next_cursor, recent

    def hand_out(self, events: list[Heard]) -> None:
        """Push events to the sockets that may hear them; equal texts are made once."""
        texts: dict[Any, str] = {}
        for socket in tuple(self.sockets):
            if not socket.ready:
                continue
            actor = socket.visitor.actor
            hearings = tuple(may_hear(actor, event) for event in events)
            if all(hearing == "nothing" for hearing in hearings):
                continue
            if hearings not in texts:
                texts[hearings] = events_text(
                    [as_message(e, h) for e, h in zip(events, hearings, strict=True) if h != "nothing"], self.cursor
                )
            socket.push(texts[hearings])

    async def catch_up(self, socket: Socket, since: int) -> None:
        """Send a returning screen all that it may hear since its cursor, or tell it to load anew when that is much."""
        rows = await self.in_thread(events_since, since)
        if len(rows) >= BATCH:
            socket.push(json.dumps({"type": "resync", "cursor": self.cursor}))
            return
        actor = socket.visitor.actor
        heard = [(e, may_hear(actor, e)) for e in sorted(map(as_heard, rows), key=lambda e: e.id)]
        messages = [as_message(event, hearing) for event, hearing in heard if hearing != "nothing"]
        cursor = int(rows[-1][-1]) if rows else since
        socket.push(events_text(messages, cursor, caught_up=True))

    # Who may still listen ----------------------------------------------------------------------

    async def _check_forever(self) -> None:
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                await self.check()
                await self.desks.renew()
            except Exception:
                log.exception("Checking open sockets failed")

    async def check(self) -> None:
        """Close sockets whose session ended or whose agent's rights changed; the page reconnects with the new ones."""
        sockets = [s for s in self.sockets if not s.closed]
        if not sockets:
            return
        pairs = {(s.visitor.session_key, s.visitor.actor.id or 0, s.visitor.stamp) for s in sockets}
        good = set(await self.in_thread(queries.still_good, list(pairs)))
        for socket in sockets:
            visitor = socket.visitor
            if (visitor.session_key, visitor.actor.id or 0, visitor.stamp) not in good:
                socket.close(4401)
        self._forget_old_presence()

    # Presence ----------------------------------------------------------------------------------

    def tell_presence(self, socket: Socket, ticket: int, state: str) -> None:
        """Tell all processes that somebody views, writes on or left a ticket."""
        actor = socket.visitor.actor
        told = json.dumps({"t": ticket, "a": actor.id, "n": actor.name, "s": state})
        self._outgoing.put_nowait(("hospes_presence", told))

    async def _send_presence(self, reader: "psycopg.AsyncConnection[Any]") -> None:
        while True:
            channel, payload = await self._outgoing.get()
            with contextlib.suppress(psycopg.Error):
                await reader.execute("SELECT pg_notify(%s, %s)", [channel, payload])

    def _hear_presence(self, payload: str) -> None:
        told = json.loads(payload)
        people = self._presence.setdefault(told["t"], {})
        if told["s"] == "gone":
            people.pop(told["a"], None)
        else:
            people[told["a"]] = (told["n"], told["s"], time.monotonic())
        self._show_presence(told["t"])

    def _show_presence(self, ticket: int) -> None:
        people = self._presence.get(ticket, {})
        message = {
            "type": "presence",
            "ticket": ticket,
            "people": [{"id": pk, "name": name, "state": state} for pk, (name, state, _at) in people.items()],
        }
        if not people:
            self._presence.pop(ticket, None)
        text = json.dumps(message)
        for socket in tuple(self.sockets):
            if socket.shown == ticket:  # `shown` was checked against the rights when it was set
                socket.push(text)

    def show_presence_to(self, socket: Socket, ticket: int) -> None:
        """Tell one screen who is on the ticket it has just opened."""
        people = self._presence.get(ticket, {})
        listed = [{"id": pk, "name": name, "state": state} for pk, (name, state, _at) in people.items()]
        socket.push(json.dumps({"type": "presence", "ticket": ticket, "people": listed}))

    def _forget_old_presence(self) -> None:
        oldest = time.monotonic() - PRESENCE_SECONDS
        for ticket, people in list(self._presence.items()):
            gone = [pk for pk, (_name, _state, at) in people.items() if at < oldest]
            for pk in gone:
                del people[pk]
            if gone:
                self._show_presence(ticket)


def connection_parameters() -> dict[str, Any]:
    """How to reach the database, from Django's own settings."""
    parameters = dict(connection.get_connection_params())
    for name in ("cursor_factory", "context", "prepare_threshold", "pool"):
        parameters.pop(name, None)
    return parameters


def events_since(since: int) -> list[Any]:
    """Rows of live events since a cursor, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(queries.SINCE, [since - 1, 2**62, BATCH])
        rows = cursor.fetchall()
    return [(*row[:9], json.loads(row[9]) if isinstance(row[9], str) else row[9], *row[10:]) for row in rows]


def as_heard(row: Any) -> Heard:
    """A row of SINCE as the policy wants it."""
    return Heard(
        id=row[0],
        name=row[1],
        at=row[2],
        subject=row[3],
        subject_id=row[4],
        team_id=row[5],
        actor_kind=row[6],
        actor_id=row[7],
        actor_name=row[8],
        data=row[9] or {},
    )


def events_text(messages: list[dict[str, Any]], cursor: int, *, caught_up: bool = False) -> str:
    """The message that carries events; `caught_up` ends a catch-up."""
    return json.dumps({"type": "events", "cursor": cursor, "caught_up": caught_up, "events": messages})
