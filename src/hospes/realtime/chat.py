"""The chat's visitors at /ws/guest: each hears of their own talk and of nothing else.

One switchboard a process keeps the visitors by key. What was said is read once for all of a batch of events, whoever
watches, and goes to the watchers alone: the work grows with them, not with how many chats are open.
"""

import asyncio
import json
import logging
import time
import weakref
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from hospes.channels.chat import shown as shapes
from hospes.realtime.guests import Hello, NotWelcome
from hospes.realtime.outlet import Outlet
from hospes.realtime.policies import Heard

if TYPE_CHECKING:
    from hospes.realtime.hub import Hub, Socket

log = logging.getLogger(__name__)
SAID: Final = frozenset({"MessageReceived", "ReplyQueued"})
NOTED: Final = "MessageNoted"
MOVED: Final = frozenset({
    "TicketCreated", "TicketChanged", "TicketReopened", "TicketMerged", "ChatEnded", "ChatRated", "TicketAssigned",
    "TicketQueued", "TicketOffered", "TicketOverflowed", "TicketWaits",
})  # fmt: skip
RENEW_SECONDS: Final = 25.0
LINE_SECONDS: Final = 5.0
TYPING_SECONDS: Final = 1.0
MOST_TABS: Final = 10


def room_of(key: str) -> str:
    """The room in which a visitor and the agents who look at the talk hear each other write."""
    return f"chat:{key}"


class Visitor:
    """One open page of a visitor."""

    def __init__(self, board: "Switchboard", outlet: Outlet, known: shapes.Known) -> None:
        self.board, self.outlet, self.known = board, outlet, known
        self.state = ""
        self.typed_at = 0.0
        self.read_at = 0.0

    def hear(self, events: Sequence[Heard]) -> None:
        """The switchboard hears for all."""

    def push(self, text: str) -> None:
        """What was said in the visitor's room; only agents' typing is for them."""
        said = json.loads(text).get("data", {})
        if said.get("from") == "agent" and "on" in said:
            told = {"type": "typing", "on": bool(said["on"]), "name": str(said.get("name", ""))}
            self.outlet.push(json.dumps(told))

    async def said(self, message: Mapping[str, Any]) -> None:
        """Typing, where they are, what they have read."""
        kind = message.get("type")
        hub = self.board.hub
        if kind == "typing":
            now = time.monotonic()
            on = bool(message.get("on"))
            if on and now - self.typed_at < TYPING_SECONDS:
                return
            self.typed_at = now
            hub.rooms.say(room_of(self.known.key), {"from": "visitor", "on": on, "name": self.known.name})
        elif kind == "page":
            page = await hub.in_thread(shapes.walk, self.known.pk, str(message.get("url")), str(message.get("title")))
            if page:
                hub.rooms.say(room_of(self.known.key), {"from": "visitor", "page": page})
        elif kind == "read":
            until = message.get("until")
            if isinstance(until, str) and until.isdigit() and len(until) < 19:
                until = int(until)
            if isinstance(until, int) and 0 < until < 2**62:
                await hub.in_thread(shapes.read_until, self.known.pk, until)

    async def left(self) -> None:
        """The page was closed."""
        await self.board.leave(self)


class Switchboard:
    """The visitors of one web process. It is one guest of the hub's, and hears for all of them."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.by_key: defaultdict[str, set[Visitor]] = defaultdict(set)
        self.by_ticket: defaultdict[int, set[str]] = defaultdict(set)
        self.watchers: weakref.WeakKeyDictionary[Socket, tuple[int, str]] = weakref.WeakKeyDictionary()
        self._said: set[int] = set()
        self._left: set[int] = set()
        self._noted: set[int] = set()
        self._tickets: set[int] = set()
        self._delivered: set[int] = set()
        self._moved: set[str] = set()
        self._wake = asyncio.Event()
        self._after = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    # A guest of the hub's

    def hear(self, events: Sequence[Heard]) -> None:
        """Note what is to be read; the reader task does it for all at once."""
        if not self.by_key and not self.watchers:
            return
        for event in events:
            if event.subject != "ticket":
                continue
            if event.name in SAID:
                self._said.add(event.data.get("message_id") or 0)
            elif event.name == NOTED and event.subject_id in self.by_ticket:
                self._noted.add(event.data.get("message_id") or 0)
            if event.name == "TicketChanged" and event.data.get("field") in {"team", "assignee"}:
                self._left.add(event.subject_id or 0)
            if event.subject_id in self.by_ticket and (event.name in MOVED or event.name in SAID):
                self._tickets.add(event.subject_id or 0)
        if self._said or self._noted or self._tickets or self._left:
            self._wake.set()

    async def said(self, message: Mapping[str, Any]) -> None:
        """Nobody is behind the board itself."""

    async def left(self) -> None:
        """The board stays as long as its hub."""

    def start(self) -> None:
        """Begin to read for those who are here."""
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [
                loop.create_task(run()) for run in (self._read_forever, self._tell_after, self._look_forever)
            ]

    # Coming and going

    async def join(self, visitor: Visitor, cursor: int) -> None:
        """A page opens: it hears from now on, and gets how the talk stands."""
        self.start()
        key = visitor.known.key
        tabs = self.by_key[key]
        if len(tabs) >= MOST_TABS:
            raise NotWelcome(4429)
        tabs.add(visitor)
        self.hub.rooms.enter(room_of(key), visitor)
        newest, standing = await self.hub.in_thread(shapes.ready, visitor.known.pk)
        visitor.state = json.dumps(standing.state)
        if standing.ticket_id:
            self.by_ticket[standing.ticket_id].add(key)
        visitor.outlet.push(json.dumps({"type": "ready", "cursor": str(newest), "state": standing.state}))
        if cursor < newest:
            visitor.outlet.push('{"type": "resync"}')

    async def leave(self, visitor: Visitor) -> None:
        """A page closes."""
        key = visitor.known.key
        tabs = self.by_key.get(key)
        if tabs is None or visitor not in tabs:
            return
        tabs.discard(visitor)
        self.hub.rooms.leave(room_of(key), visitor)
        if not tabs:
            del self.by_key[key]
            self.hub.rooms.say(room_of(key), {"from": "visitor", "gone": True})
            await self.hub.in_thread(self._gone, visitor.known)

    def _gone(self, known: shapes.Known) -> None:
        """In a thread: unless a page of theirs was opened again before its turn came."""
        if known.key not in self.by_key:
            shapes.gone(known.pk)

    # Telling

    async def _read_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            said, self._said = self._said, set()
            noted, self._noted = self._noted - said, set()
            tickets, self._tickets = self._tickets, set()
            left, self._left = self._left, set()
            try:
                await self._look_who_may_watch(left)
                await self._tell_messages(sorted(said), sorted(noted))
                self._moved |= {key for pk in tickets for key in self.by_ticket.get(pk, ())}
                self._after.set()
            except Exception:  # the database was away: pages catch up by their cursor
                log.exception("What was said in chats could not be read")
                for visitor in self._all():
                    visitor.outlet.push('{"type": "resync"}')

    async def _tell_messages(self, said: Sequence[int], noted: Sequence[int]) -> None:
        if not said and not noted:
            return
        told = await self.hub.in_thread(shapes.messages, said, noted, frozenset(self.by_key))
        for one in told:
            watchers = self.by_key.get(one.key, ())
            for visitor in tuple(watchers):
                visitor.outlet.push(one.text)
            if one.ticket_id and one.key not in self.by_ticket[one.ticket_id]:
                self.by_ticket[one.ticket_id].add(one.key)
                self._moved.add(one.key)
            if one.undelivered and watchers:
                self._delivered.add(one.message_id)

    async def _tell_after(self) -> None:
        """What may come a moment later: how talks stand, and that messages have arrived. Words never wait for it."""
        while True:
            await self._after.wait()
            self._after.clear()
            moved, self._moved = self._moved, set()
            delivered, self._delivered = self._delivered, set()
            try:
                await self._tell_states(moved)
                if delivered:
                    await self.hub.in_thread(shapes.delivered, sorted(delivered))
            except Exception:
                log.exception("How chats stand could not be told")

    def watch(self, socket: "Socket", ticket: int, key: str) -> None:
        """An agent's screen, whose right was checked, looks at a ticket's chat; it leaves the one before."""
        self.unwatch(socket)
        self.start()
        self.watchers[socket] = (ticket, key)
        self.hub.rooms.enter(room_of(key), socket)

    def unwatch(self, socket: "Socket") -> None:
        """It looks no more."""
        known = self.watchers.pop(socket, None)
        if known is not None:
            self.hub.rooms.leave(room_of(known[1]), socket)

    async def _look_who_may_watch(self, tickets: set[int]) -> None:
        """A ticket went to others: who may not see it now hears its visitor no more (hardening row 21)."""
        for socket, (ticket, _key) in list(self.watchers.items()):
            if ticket not in tickets:
                continue
            if not await self.hub.in_thread(shapes.key_for_agent, socket.visitor.actor, ticket):
                self.unwatch(socket)

    async def _tell_states(self, keys: set[str]) -> None:
        keys = {key for key in keys if key in self.by_key}
        if not keys:
            return
        found = await self.hub.in_thread(shapes.standings, sorted(keys))
        for key, standing in found.items():
            state = json.dumps(standing.state)
            if standing.ticket_id:
                self.by_ticket[standing.ticket_id].add(key)
            for visitor in tuple(self.by_key.get(key, ())):
                if visitor.state != state:
                    visitor.state = state
                    visitor.outlet.push(json.dumps({"type": "state", "state": standing.state}))

    async def _look_forever(self) -> None:
        """Places in lines change by what others do; whose pages are open is said again before it runs out."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(LINE_SECONDS)
            try:
                waiting = {v.known.key for v in self._all() if '"queued"' in v.state or '"offline"' in v.state}
                await self._tell_states(waiting)
                if time.monotonic() - renewed > RENEW_SECONDS:
                    renewed = time.monotonic()
                    await self._renew()
            except Exception:
                log.exception("How chats stand could not be read")

    async def _renew(self) -> None:
        """Who is still here; whose token is over is closed (hardening row 21)."""
        open_pages = {v.known.pk for v in self._all()}
        if not open_pages:
            return
        good = await self.hub.in_thread(shapes.connected, sorted(open_pages))
        for visitor in self._all():
            if visitor.known.pk in open_pages and visitor.known.pk not in good:
                visitor.outlet.close(4401)
        for ticket, keys in list(self.by_ticket.items()):
            here = keys & self.by_key.keys()
            if here:
                self.by_ticket[ticket] = here
            else:
                del self.by_ticket[ticket]

    def _all(self) -> list[Visitor]:
        return [visitor for tabs in self.by_key.values() for visitor in tabs]


def board_of(hub: "Hub") -> Switchboard:
    """The switchboard of a hub."""
    for guest in hub.guests:
        if isinstance(guest, Switchboard):
            return guest
    board = Switchboard(hub)
    hub.guests.add(board)
    return board


async def welcome(hub: "Hub", outlet: Outlet, hello: Hello) -> Visitor:
    """Let a visitor's page in: from an allowed origin, with a token of this inbox."""
    inbox, token = hello.said.get("inbox"), hello.said.get("token")
    if isinstance(inbox, str) and inbox.isdigit() and len(inbox) < 19:
        inbox = int(inbox)
    if not isinstance(inbox, int) or not isinstance(token, str) or not 0 < inbox < 2**62:
        raise NotWelcome(4400)
    known = await hub.in_thread(shapes.known, inbox, token, hello.origin, hello.host, hello.address)
    if isinstance(known, int):
        raise NotWelcome(known)
    visitor = Visitor(board_of(hub), outlet, known)
    cursor = str(hello.said.get("cursor") or "0")
    try:
        await visitor.board.join(visitor, int(cursor) if cursor.isdigit() and len(cursor) < 19 else 0)
    except BaseException:
        await visitor.left()
        raise
    return visitor


async def agent_said(hub: "Hub", socket: "Socket", said: Mapping[str, Any]) -> None:
    """An agent's screen: it looks at a ticket's chat (`watch`), its agent writes (`on`), has seen it (`seen`)."""
    ticket = said.get("ticket")
    if not isinstance(ticket, int) or not 0 < ticket < 2**62:
        return
    key = await hub.in_thread(shapes.key_for_agent, socket.visitor.actor, ticket)
    if not key:
        return
    if said.get("watch") is True:
        board_of(hub).watch(socket, ticket, key)
    elif said.get("watch") is False:
        board_of(hub).unwatch(socket)
    if "on" in said:
        name = shapes.first_name(socket.visitor.actor.name)
        hub.rooms.say(room_of(key), {"from": "agent", "on": bool(said["on"]), "name": name})
    seen = said.get("seen")
    if isinstance(seen, int) and 0 < seen < 2**62:
        await hub.in_thread(shapes.seen_by_agent, key, seen)
