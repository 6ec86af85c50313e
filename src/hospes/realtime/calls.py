"""Rooms of calls: who sits in "call:<id>", and what they tell each other so that their browsers find a way.

A seat is one browser of one part of a call. It is given after asking the database, looked at again every two seconds,
and every word that goes to it passes `push`, where a seat that was taken away hears nothing. Signalling is all that
passes here: sound and picture go from browser to browser.

An agent's screen says {"type": "call", "do": "enter" | "signal" | "tell" | "leave", "call": id}; a guest's page says
the same without "call", after {"type": "hello", "kind": "call", "key"}. `nonce` tells two windows of one person apart
and stays the same over a lost line, so that media that still flow are left alone.
"""

import asyncio
import contextlib
import json
import logging
import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from hospes.calls import reading
from hospes.calls.operations import browser
from hospes.core import clock, ids
from hospes.core.actors import Actor
from hospes.realtime.guests import Hello, NotWelcome
from hospes.realtime.outlet import Outlet
from hospes.realtime.policies import Heard

if TYPE_CHECKING:
    from hospes.realtime.hub import Hub, Socket

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 2.0
SIGN_SECONDS: Final = 10.0
NONCE: Final = re.compile(r"[A-Za-z0-9_-]{8,40}")
WORDS_A_WINDOW: Final = 400  # of one seat in ten seconds: a call between four says some dozens
WINDOW: Final = 10.0


class Seat:
    """One browser in a call's room."""

    def __init__(self, hub: "Hub", outlet: Outlet, place: reading.Place, nonce: str) -> None:
        self.hub = hub
        self.outlet = outlet
        self.place = place
        self.peer = f"{place.part_id}.{nonce}"
        self.room = f"call:{place.call_id}"
        self.id = ids.token(6)
        self.good = True
        self.seated = False  # its own "here" has come round: what was said before it is older than this seat
        self._window = 0.0
        self._words = 0

    def push(self, text: str) -> None:
        """What was said in the room, if it is for this seat and the seat is still theirs."""
        if not self.good or self.outlet.closed:
            return
        data = json.loads(text)["data"]
        if data.get("from") == self.peer:
            if data.get("seat") == self.id:
                self.seated = self.seated or data.get("do") == "here"
            elif data.get("do") == "here" and self.seated:
                self.leave_quietly()  # the same window over a new line: this one is dead and does not know it yet
            return
        if data.get("to", self.peer) != self.peer:
            return
        if data.get("do") == "here":
            if data.get("part") == self.place.part_id:  # the same person in another window: the newest counts
                if self.seated:
                    self.take_away("replaced")
                return
            self.say({"do": "there", "to": data["from"], "seat": self.id, **self.named()})
        self.outlet.push(json.dumps({"type": "call", "call": self.place.call_id, **data}))

    def named(self) -> dict[str, Any]:
        """Who sits here, as the others are told."""
        return {"part": self.place.part_id, "kind": self.place.kind, "name": self.place.name}

    def say(self, data: dict[str, Any]) -> None:
        """Say something in the room, as this seat and no other."""
        if not self.good:
            return
        if not self.hub.rooms.say(self.room, {**data, "from": self.peer}):
            self.tell({"do": "too-large"})

    def tell(self, data: Mapping[str, Any]) -> None:
        """Tell this browser alone."""
        self.outlet.push(json.dumps({"type": "call", "call": self.place.call_id, **data}))

    def hear(self, said: Mapping[str, Any]) -> None:
        """What this browser says: to one other (`to`), or to all."""
        moment = time.monotonic()
        if moment - self._window > WINDOW:
            self._window, self._words = moment, 0
        self._words += 1
        if self._words > WORDS_A_WINDOW:
            return
        if said.get("do") == "signal" and isinstance(said.get("to"), str) and isinstance(said.get("data"), dict):
            self.say({"do": "signal", "to": said["to"], "data": said["data"]})
        elif said.get("do") == "tell" and isinstance(said.get("data"), dict):
            self.say({"do": "tell", "data": said["data"]})

    def leave_quietly(self) -> None:
        """Out of the room without a word."""
        self.good = False
        self.hub.rooms.leave(self.room, self)

    def take_away(self, why: str) -> None:
        """This browser is out, and told so; the others see it go."""
        if not self.good:
            return
        self.tell({"do": "out", "why": why})
        self.say({"do": "gone", "seat": self.id, **self.named()})
        self.leave_quietly()


class Seats:
    """All seats of one web process, looked at again and again while there are any."""

    def __init__(self, hub: "Hub") -> None:
        self.hub = hub
        self.taken: set[Seat] = set()
        self._looking: asyncio.Task[None] | None = None
        self._signed = 0.0

    async def give(self, seat: Seat) -> None:
        """Somebody sits down: they hear who is here, and the others hear of them."""
        await self.hub.in_thread(_sign, [seat.place.part_id])
        await self.greet(seat)
        self.taken.add(seat)
        self.hub.rooms.enter(seat.room, seat)
        seat.say({"do": "here", "seat": seat.id, **seat.named()})
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_forever())

    async def greet(self, seat: Seat) -> None:
        """Tell a browser who it is here, and by which servers it finds the others."""
        servers = await self.hub.in_thread(_servers, seat.place.part_id)
        seat.tell({"do": "entered", "peer": seat.peer, "ice": servers, **seat.named()})

    async def lose(self, seat: Seat, *, why: str = "left") -> None:
        """A line closed, or somebody stood up. Where the same window sits on a newer line, nobody has gone."""
        if seat not in self.taken:
            return
        self.taken.discard(seat)
        theirs = [s for s in self.taken if s.good and s.place.part_id == seat.place.part_id]
        if any(s.peer == seat.peer for s in theirs):
            seat.leave_quietly()
            return
        was_good = seat.good
        seat.take_away(why)
        if was_good and not theirs:
            await self.hub.in_thread(_gone, seat.place.part_id)

    async def _look_forever(self) -> None:
        while self.taken:
            await asyncio.sleep(LOOK_SECONDS)
            with contextlib.suppress(Exception):
                await self.look()

    async def look(self) -> None:
        """Take away the seats of those who are not in their call any more; sign for those who are."""
        for seat in [s for s in self.taken if s.outlet.closed or not s.good]:
            await self.lose(seat)
        asked = {seat: seat.place.part_id for seat in self.taken}  # who sits down meanwhile was let in by the database
        if not asked:
            return
        still = await self.hub.in_thread(reading.still_seated, set(asked.values()))
        for seat in [seat for seat, part in asked.items() if part not in still]:
            seat.take_away("over")
            self.taken.discard(seat)
        if still and time.monotonic() - self._signed > SIGN_SECONDS:
            self._signed = time.monotonic()
            await self.hub.in_thread(_sign, list(still))

    def of(self, outlet: Outlet, call_id: int) -> Seat | None:
        """The seat of a screen in a call."""
        return next((s for s in self.taken if s.outlet is outlet and s.place.call_id == call_id and s.good), None)


_seats: "WeakKeyDictionary[Hub, Seats]" = WeakKeyDictionary()


def seats_of(hub: "Hub") -> Seats:
    """The seats of this process."""
    if hub not in _seats:
        _seats[hub] = Seats(hub)
    return _seats[hub]


def _sign(part_ids: list[int]) -> None:
    browser.seen(part_ids=part_ids, now=clock.now())


def _gone(part_id: int) -> None:
    browser.unseen(part_id=part_id, now=clock.now())


def _servers(part_id: int) -> list[dict[str, Any]]:
    return reading.servers_for(part_id, now=clock.now())


def _state(part_id: int) -> dict[str, Any]:
    return reading.guest_state(part_id, now=clock.now())


def _nonce(said: Mapping[str, Any]) -> str:
    nonce = said.get("nonce")
    return nonce if isinstance(nonce, str) and NONCE.fullmatch(nonce) else ""


# An agent's screen ----------------------------------------------------------------------------------------------


async def agent_said(hub: "Hub", socket: "Socket", said: Mapping[str, Any]) -> None:
    """What an agent's screen says of a call; only those who joined it are heard."""
    call_id, seats = said.get("call"), seats_of(hub)
    if not isinstance(call_id, int) or not 0 < call_id < 2**62:
        return
    seat = seats.of(socket, call_id)
    if said.get("do") == "enter":
        nonce = _nonce(said)
        actor: Actor = socket.visitor.actor
        place = await hub.in_thread(reading.place_of_agent, actor, call_id)
        if place is None or not nonce or not actor.may("desk.enter"):
            socket.push(json.dumps({"type": "call", "call": call_id, "do": "out", "why": "not-in"}))
            return
        sitting = Seat(hub, socket, place, nonce)
        if seat is not None and seat.good and seat.peer == sitting.peer:
            await seats.greet(seat)  # said twice: whoever hears it gone and here again would begin anew
            return
        if seat is not None:
            await seats.lose(seat)
        await seats.give(sitting)
    elif seat is not None and said.get("do") == "leave":
        await seats.lose(seat)
    elif seat is not None:
        seat.hear(said)


# A guest's page -------------------------------------------------------------------------------------------------


class CallGuest:
    """A customer or an outside expert in a call."""

    def __init__(self, hub: "Hub", outlet: Outlet, seat: Seat) -> None:
        self.hub = hub
        self.outlet = outlet
        self.seat = seat
        self._telling: set[asyncio.Task[None]] = set()

    def hear(self, events: Sequence[Heard]) -> None:
        """Something happened in their call: their page is told how it stands."""
        if self.outlet.closed or not any(e.data.get("call_id") == self.seat.place.call_id for e in events):
            return
        task = asyncio.get_running_loop().create_task(self.tell_state())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def tell_state(self) -> None:
        """How their call stands: state, place in the queue, who answers, whether it is recorded."""
        state = await self.hub.in_thread(_state, self.seat.place.part_id)
        self.outlet.push(json.dumps({"type": "state", **state}))

    async def said(self, message: Mapping[str, Any]) -> None:
        """Signals for the room, or the wish to know how things stand."""
        if message.get("type") == "state":
            await self.tell_state()
        elif message.get("type") == "call" and message.get("do") in {"signal", "tell"}:
            self.seat.hear(message)

    async def left(self) -> None:
        """The page was closed, or lost its line."""
        await seats_of(self.hub).lose(self.seat)


async def welcome(hub: "Hub", outlet: Outlet, hello: Hello) -> CallGuest:
    """Let in whoever holds the key of a part that is in its call."""
    from hospes.realtime.socket import same_origin

    if not same_origin(hello.origin, hello.host):
        raise NotWelcome(4403)
    key, nonce = hello.said.get("key"), _nonce(hello.said)
    if not isinstance(key, str) or not nonce or len(key) > 100:
        raise NotWelcome(4400)
    place = await hub.in_thread(reading.place_of_guest, key)
    if place is None:
        raise NotWelcome(4401)
    guest = CallGuest(hub, outlet, Seat(hub, outlet, place, nonce))
    await guest.tell_state()
    await seats_of(hub).give(guest.seat)
    return guest
