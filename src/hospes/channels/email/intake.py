"""Between the mail listener's event loop and the database: mails that arrive together are committed together."""

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from hospes.channels.email import routes
from hospes.channels.email.receive import Arrival, accept_many
from hospes.core import clock

log = logging.getLogger(__name__)
BATCH_MAILS = 64
BATCH_BYTES = 16 * 1024 * 1024
ROUTES_SECONDS = 5.0


class Unavailable(Exception):
    """The database or the file store does not answer: the sender shall try again."""


class Intake:
    """Few threads, each with its own connection; whatever waits while one commits goes into the next commit."""

    def __init__(self, *, threads: int = 2) -> None:
        self._threads = threads
        self._connections: list[BaseDatabaseWrapper] = []
        self._pool = ThreadPoolExecutor(
            threads + 1,
            thread_name_prefix="mail-intake",
            initializer=lambda: self._connections.append(connections["default"]),
        )
        self._waiting: list[tuple[Arrival, asyncio.Future[list[int]]]] = []
        self._running: set[asyncio.Task[None]] = set()
        self._routes = routes.Routes()
        self._routes_at = -ROUTES_SECONDS
        self._loading: asyncio.Task[routes.Routes] | None = None

    async def put(self, arrival: Arrival) -> list[int]:
        """Keep a mail; returns the raw messages' ids once they are committed. Raises Unavailable."""
        kept: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, kept))
        if len(self._running) < self._threads:
            task = asyncio.create_task(self._work())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await kept

    async def routes_for(self, address: str) -> routes.Routes:
        """The inboxes, at most a few seconds old; read anew for an unknown address, so that a new inbox works at once.

        Raises Unavailable when they were never read. Old ones do while the database is away.
        """
        age = time.monotonic() - self._routes_at
        fresh = age < ROUTES_SECONDS and (not address or self._routes.of(address) is not None)
        if not fresh:
            if self._loading is None or self._loading.done():
                self._loading = asyncio.create_task(self._load())
            return await asyncio.shield(self._loading)
        return self._routes

    async def finish(self, *, seconds: float) -> None:
        """Wait for what is being stored, then let the threads go."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        self._pool.shutdown(wait=True)
        for connection in self._connections:
            connection.inc_thread_sharing()  # its thread is gone
            connection.close()

    async def _load(self) -> routes.Routes:
        loop = asyncio.get_running_loop()
        try:
            self._routes = await loop.run_in_executor(self._pool, _load_routes)
            self._routes_at = time.monotonic()
        except (DatabaseError, OSError) as error:
            log.warning("Inboxes could not be read: %s", error)
            if not self._routes.inboxes:
                raise Unavailable from error
        return self._routes

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch = self._take()
            try:
                kept = await loop.run_in_executor(self._pool, _store, [arrival for arrival, _kept in batch])
            except Exception as error:
                log.exception("Mails could not be stored")
                kept = [error] * len(batch)
            for (_arrival, future), result in zip(batch, kept, strict=True):
                if future.done():
                    continue  # the connection is gone; the mail is kept all the same
                if isinstance(result, Exception):
                    future.set_exception(Unavailable(str(result)))
                else:
                    future.set_result(result)

    def _take(self) -> list[tuple[Arrival, "asyncio.Future[list[int]]"]]:
        count = size = 0
        for arrival, _kept in self._waiting[:BATCH_MAILS]:
            size += len(arrival.body)
            if count and size > BATCH_BYTES:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch


def _load_routes() -> routes.Routes:
    close_old_connections()
    return routes.load()


def _store(arrivals: list[Arrival]) -> list[list[int] | Exception]:
    """Keep a batch; when it fails, each mail on its own, so that one bad mail does not hold up the others."""
    try:
        close_old_connections()
        return list(accept_many(arrivals, now=clock.now()))
    except Exception as error:
        log.warning("A batch of %s mails could not be stored at once: %s", len(arrivals), error)
        connections.close_all()
        if len(arrivals) == 1:
            return [error]
    results: list[list[int] | Exception] = []
    for arrival in arrivals:
        results += _store([arrival])
    return results
