"""The WebSocket at /ws: a raw ASGI application, because an idle desk should cost little memory.

Out: {"type": "hello", cursor, agent}, {"type": "events", cursor, caught_up, events}, {"type": "presence", ticket,
people}, {"type": "resync"}, {"type": "pong"}. In: {"type": "presence", ticket, state: viewing|writing|gone},
{"type": "ping"}, {"type": "active"} when somebody uses pointer or keys, and what desk_rooms.py knows. Close codes:
4401 sign in again, 4403 not from here, 4408 too slow.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from hospes.realtime import desk_rooms, guests, queries
from hospes.realtime.hub import Hub, Socket

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_hubs: dict[int, Hub] = {}
MAX_MESSAGE = 64 * 1024  # a call's session description


def hub() -> Hub:
    """The hub of the running event loop."""
    import asyncio

    key = id(asyncio.get_running_loop())
    if key not in _hubs:
        _hubs[key] = Hub()
    return _hubs[key]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one WebSocket from handshake to close."""
    await receive()  # websocket.connect
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if not same_origin(headers.get(b"origin", ""), headers.get(b"host", "")):
        await send({"type": "websocket.close", "code": 4403})
        return
    here = hub()
    visitor = await here.in_thread(queries.visitor_of, headers.get(b"cookie", ""))
    await send({"type": "websocket.accept"})
    if visitor is None:
        # Closing after the handshake, so that the page learns the code (RFC 6455, 7.4.2).
        await send({"type": "websocket.close", "code": 4401})
        return
    await here.start()
    socket = Socket(visitor, send)
    here.add(socket, active=_asked(scope, "fresh") == "1")
    try:
        await _greet(here, socket, scope)
        await _converse(here, socket, receive)
    finally:
        socket.closed = True
        here.remove(socket)


async def guests_app(scope: Message, receive: Receive, send: Send) -> None:
    """Serve one guest's WebSocket."""
    await guests.serve(hub(), scope, receive, send)


def same_origin(origin: str, host: str) -> bool:
    """Only our own pages may open a socket: cookies are sent along by any page (cross-site WebSocket hijacking)."""
    if not origin:
        return False
    return urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS


def _asked(scope: Message, name: str) -> str:
    asked: dict[str, list[str]] = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
    return asked.get(name, [""])[0]


async def _greet(here: Hub, socket: Socket, scope: Message) -> None:
    since = _asked(scope, "cursor")
    # The socket hears live events from now on; the catch-up may repeat some, which the page drops by id.
    socket.push(json.dumps({"type": "hello", "cursor": here.cursor, "agent": socket.visitor.actor.id}))
    socket.ready = True
    if since.isascii() and since.isdigit() and len(since) < 19:
        await here.catch_up(socket, int(since))


async def _converse(here: Hub, socket: Socket, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text") or ""
        if len(text) > MAX_MESSAGE:
            socket.close(1009)
            return
        try:
            said = json.loads(text)
        except ValueError:
            continue
        if isinstance(said, dict):
            await _hear(here, socket, said)


async def _hear(here: Hub, socket: Socket, said: dict[str, Any]) -> None:
    if said.get("type") == "ping":
        socket.push('{"type": "pong"}')
        return
    if said.get("type") == "active":
        here.desks.acted(socket.visitor.actor.own_id)
        return
    if said.get("type") in desk_rooms.KINDS:
        await desk_rooms.hear(here, socket, said)
        return
    ticket, state = said.get("ticket"), said.get("state")
    if said.get("type") != "presence" or not isinstance(ticket, int) or state not in {"viewing", "writing", "gone"}:
        return
    if state == "gone":
        if socket.shown == ticket:
            socket.shown = None
            here.tell_presence(socket, ticket, "gone")
        return
    if socket.shown != ticket:
        if not (0 < ticket < 2**62) or not await here.in_thread(queries.may_see_ticket, socket.visitor.actor, ticket):
            return
        if socket.shown is not None:
            here.tell_presence(socket, socket.shown, "gone")
        socket.shown = ticket
        here.show_presence_to(socket, ticket)
    here.tell_presence(socket, ticket, state)
