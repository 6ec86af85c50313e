"""Sockets of people without an account, at /ws/guest: visitors of a chat, callers in a browser.

In: first {"type": "hello", "kind": "chat" | "call", …} within ten seconds, then what the kind understands. Out: what
the kind says, {"type": "room", room, data}, {"type": "pong"}. Close codes: 4400 no hello, 4401 not known, 4403 not
from here, 4408 too slow, 4429 too many.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from hospes.realtime.outlet import Outlet
from hospes.realtime.policies import Heard

if TYPE_CHECKING:
    from hospes.realtime.hub import Hub

log = logging.getLogger(__name__)
# kind: the module whose `welcome(hub, outlet, hello)` lets a guest in.
KINDS: Final[dict[str, str]] = {"chat": "hospes.realtime.chat", "call": "hospes.realtime.calls"}
HELLO_SECONDS: Final = 10.0
LARGEST_MESSAGE: Final = 64 * 1024  # a session description of a call with many codecs has 10 to 20 kB


class Guest(Protocol):
    """One guest behind a socket, as its kind sees it."""

    def hear(self, events: Sequence[Heard]) -> None:
        """Events that happened; the guest picks what is theirs and may start tasks for it."""
        ...

    async def said(self, message: Mapping[str, Any]) -> None:
        """The guest's page said something."""
        ...

    async def left(self) -> None:
        """The socket is closed."""
        ...


@dataclass(frozen=True, slots=True)
class Hello:
    """What a guest's page says of itself. `said` is its first message, `origin` its page's, `address` the client's."""

    said: Mapping[str, Any]
    origin: str
    host: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)


class NotWelcome(Exception):
    """A guest is not let in; `code` closes the socket."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


Receive = Callable[[], Awaitable[Mapping[str, Any]]]


async def serve(hub: "Hub", scope: Mapping[str, Any], receive: Receive, send: Any) -> None:
    """One guest's socket from hello to close."""
    await receive()  # websocket.connect
    await send({"type": "websocket.accept"})
    outlet = Outlet(send)
    try:
        hello = await asyncio.wait_for(_hello(scope, receive), HELLO_SECONDS)
        module = KINDS.get(str(hello.said.get("kind")))
        if module is None:
            raise NotWelcome(4400)
        await hub.start()
        guest: Guest = await import_module(module).welcome(hub, outlet, hello)
    except (TimeoutError, ValueError):
        await _refuse(outlet, send, 4400)
        return
    except NotWelcome as no:
        await _refuse(outlet, send, no.code)
        return
    hub.guests.add(guest)
    try:
        await _converse(guest, outlet, receive)
    finally:
        outlet.closed = True
        hub.guests.discard(guest)
        hub.rooms.leave_all(outlet)
        await guest.left()


async def _refuse(outlet: Outlet, send: Any, code: int) -> None:
    """Close before the connection ends by itself: what the outlet sends later would come without the code."""
    outlet.closed = True
    await send({"type": "websocket.close", "code": code})


async def _hello(scope: Mapping[str, Any], receive: Receive) -> Hello:
    message = await receive()
    if message["type"] == "websocket.disconnect":
        raise ValueError("gone")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    client = scope.get("client") or ("", 0)
    said = _read(message)
    if said.get("type") != "hello":
        raise ValueError("no hello")
    return Hello(said, headers.get("origin", ""), headers.get("host", ""), str(client[0]), headers)


async def _converse(guest: Guest, outlet: Outlet, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect" or outlet.closed:
            return
        try:
            said = _read(message)
        except ValueError:
            continue
        if said.get("type") == "ping":
            outlet.push('{"type": "pong"}')
            continue
        try:
            await guest.said(said)
        except Exception:
            log.exception("What a guest said could not be dealt with")


def _read(message: Mapping[str, Any]) -> Mapping[str, Any]:
    text = message.get("text") or ""
    if len(text) > LARGEST_MESSAGE:
        raise ValueError("too long")
    said = json.loads(text)
    if not isinstance(said, dict):
        raise ValueError("not an object")
    return said
