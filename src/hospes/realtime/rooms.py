"""Rooms: what is said between open screens and is gone when it was said (typing, ringing, signalling of calls).

A room is a name such as "call:17". What somebody says in it goes to all who are in it, in every web process, by
NOTIFY; nothing is kept. Who may enter is decided by whoever lets them in (guests.py, desk_rooms.py), never here.
"""

import base64
import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, Protocol

log = logging.getLogger(__name__)
CHANNEL: Final = "hospes_rooms"
LARGEST: Final = 7900  # PostgreSQL takes 8000 bytes in one NOTIFY


class Listener(Protocol):
    """An open screen, of an agent or a guest."""

    def push(self, text: str) -> None:
        """Send a text to it."""
        ...


class Rooms:
    """The rooms of one web process. `post` hands a payload to PostgreSQL's NOTIFY."""

    def __init__(self, post: Callable[[str, str], None]) -> None:
        self._post = post
        self._in: defaultdict[str, set[Listener]] = defaultdict(set)

    def enter(self, room: str, who: Listener) -> None:
        """Somebody hears what is said from now on."""
        self._in[room].add(who)

    def leave(self, room: str, who: Listener) -> None:
        """Somebody hears no more."""
        self._in[room].discard(who)
        if not self._in[room]:
            del self._in[room]

    def leave_all(self, who: Listener) -> None:
        """A screen was closed."""
        for room in [name for name, people in self._in.items() if who in people]:
            self.leave(room, who)

    def members(self, room: str) -> set[Listener]:
        """Who is in a room in this process."""
        return set(self._in.get(room, ()))

    def say(self, room: str, data: dict[str, Any]) -> bool:
        """Tell all in a room, in every process; False when it is too large to be told."""
        text = json.dumps({"room": room, "data": data}, separators=(",", ":"))
        if len(text.encode()) > LARGEST // 2:
            text = "z" + base64.b85encode(zlib.compress(text.encode(), 9)).decode()
        if len(text.encode()) > LARGEST:
            log.warning("Something said in %s was too large (%s bytes)", room, len(text))
            return False
        self._post(CHANNEL, text)
        return True

    def heard(self, payload: str) -> None:
        """What was said somewhere; each hears it once, the speaker too (who drops it by the `from` in the data)."""
        if payload.startswith("z"):
            payload = zlib.decompress(base64.b85decode(payload[1:])).decode()
        told = json.loads(payload)
        people = self._in.get(told["room"])
        if people:
            text = json.dumps({"type": "room", "room": told["room"], "data": told["data"]})
            for who in tuple(people):
                who.push(text)
