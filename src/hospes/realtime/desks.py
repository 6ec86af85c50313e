"""Which agents have a desk open in this web process, said to the staff room as leases that run out by themselves.

Tabs are counted here, in memory; between processes nothing is counted, each only says for whom it speaks. A process
that is killed says nothing more, and its leases end within a minute.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Final

from hospes.staff import operations as staff
from hospes.staff import queries

log = logging.getLogger(__name__)
RENEW_SECONDS: Final = 20.0
ACTIVE_SECONDS: Final = 30.0
InThread = Callable[..., Awaitable[Any]]


def say_connected(agent_ids: list[int], process: str, active: bool) -> None:
    """Desks of these are open here, by the one clock that all machines share."""
    staff.note_connected(agent_ids=agent_ids, process=process, now=queries.database_now(), active=active)


def say_gone(agent_id: int, process: str) -> None:
    """The last desk of somebody closed here."""
    staff.note_disconnected(agent_id=agent_id, process=process, now=queries.database_now())


class Desks:
    """The open desks of one web process, by agent."""

    def __init__(self, in_thread: InThread) -> None:
        self.process = uuid.uuid4().hex
        self._in_thread = in_thread
        self._open: Counter[int] = Counter()
        self._acted: dict[int, float] = {}
        self._renewed = time.monotonic()
        self._saying: set[asyncio.Task[None]] = set()
        self._in_turn = (
            asyncio.Lock()
        )  # a page loaded anew closes and opens: said the other way round they would be away

    def opened(self, agent_id: int, *, active: bool) -> None:
        """A desk was opened; `active` when somebody has just loaded a page, not when a lost line came back."""
        self._open[agent_id] += 1
        if self._open[agent_id] == 1 or active:
            self._acted[agent_id] = time.monotonic() if active else self._acted.get(agent_id, 0.0)
            self._say(say_connected, [agent_id], self.process, active)

    def closed(self, agent_id: int) -> None:
        """A desk was closed."""
        self._open[agent_id] -= 1
        if self._open[agent_id] <= 0:
            del self._open[agent_id]
            self._acted.pop(agent_id, None)
            self._say(say_gone, agent_id, self.process)

    def acted(self, agent_id: int) -> None:
        """Somebody uses pointer or keys at a desk. Pages say so about once a minute; more often is not passed on."""
        moment = time.monotonic()
        if moment - self._acted.get(agent_id, 0.0) >= ACTIVE_SECONDS:
            self._acted[agent_id] = moment
            self._say(say_connected, [agent_id], self.process, True)

    async def renew(self) -> None:
        """Say again whose desks are open, every twenty seconds; two queries however many there are."""
        if time.monotonic() - self._renewed < RENEW_SECONDS or not self._open:
            return
        self._renewed = time.monotonic()
        await self._quietly(say_connected, sorted(self._open), self.process, False)

    async def rest(self) -> None:
        """Wait until all was said."""
        await asyncio.gather(*self._saying, return_exceptions=True)

    def _say(self, function: Callable[..., None], *args: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._quietly(function, *args))
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _quietly(self, function: Callable[..., None], *args: Any) -> None:
        """Presence is worth a line in the log, never a lost socket."""
        try:
            async with self._in_turn:
                await self._in_thread(function, *args)
        except Exception:
            log.exception("Presence could not be noted")
