"""The sending side of one socket: messages wait in a short queue, a writer runs only while there is some to write."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
_tasks: set[asyncio.Task[Any]] = set()
LONGEST_QUEUE = 500


class Outlet:
    """What can be pushed to. A screen that does not keep up is closed: it will catch up by its cursor."""

    __slots__ = ("__weakref__", "_queue", "_send", "_writing", "closed")

    def __init__(self, send: Send) -> None:
        self.closed = False
        self._send = send
        self._queue: deque[dict[str, Any]] = deque()
        self._writing = False

    def push(self, text: str) -> None:
        """Queue a text for sending."""
        if self.closed:
            return
        if len(self._queue) > LONGEST_QUEUE:
            self.close(4408)
            return
        self._queue.append({"type": "websocket.send", "text": text})
        self._write()

    def close(self, code: int) -> None:
        """End the socket once what is queued has been sent."""
        if not self.closed:
            self.closed = True
            self._queue.append({"type": "websocket.close", "code": code})
            self._write()

    def _write(self) -> None:
        if not self._writing:
            self._writing = True
            task = asyncio.get_running_loop().create_task(self._drain())
            _tasks.add(task)
            task.add_done_callback(_tasks.discard)

    async def _drain(self) -> None:
        try:
            while self._queue:
                await self._send(self._queue.popleft())
        except Exception:  # the peer is gone; its receive loop ends by itself
            self.closed = True
            self._queue.clear()
        finally:
            self._writing = False
