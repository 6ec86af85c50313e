"""An agent's screen says that an answer is being written: customers of messengers see it (channels/telling.py).

{"type": "typing", "ticket": id, "via": inbox id, "on": true | false}. It is asked for in one short transaction; a
worker tells the provider.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from hospes.channels import telling
from hospes.core import clock
from hospes.core.actors import Actor

if TYPE_CHECKING:
    from hospes.realtime.hub import Hub, Socket

AT_MOST_EVERY: Final = 1.0  # seconds, from one screen
_asked: "WeakKeyDictionary[Socket, float]" = WeakKeyDictionary()


async def agent_said(hub: "Hub", socket: "Socket", said: Mapping[str, Any]) -> None:
    """Somebody writes, or has stopped."""
    ticket, via, on = said.get("ticket"), said.get("via"), said.get("on")
    if not isinstance(ticket, int) or not isinstance(via, int) or not isinstance(on, bool):
        return
    if not (0 < ticket < 2**62 and 0 < via < 2**62):
        return
    now = time.monotonic()
    if on and now - _asked.get(socket, 0.0) < AT_MOST_EVERY:
        return
    _asked[socket] = now
    await hub.in_thread(_ask, socket.visitor.actor, ticket, via, on)


def _ask(actor: Actor, ticket: int, via: int, on: bool) -> None:
    telling.ask_typing(ticket_id=ticket, inbox_id=via, on=on, actor=actor, now=clock.now())
