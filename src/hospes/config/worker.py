"""`hospes worker`: runs jobs and timers, and empties the queues of `core.drains` as soon as a commit wakes it.

It is crash-only: what it cannot handle ends the process, and whoever watches starts it again. Each worker holds a
database lock as long as its connection lives; the jobs of one whose lock is gone are taken up again at once.
"""

import asyncio
import logging
import os
import random
import signal
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import procrastinate
import psycopg
from django.db import close_old_connections, connections
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.worker import Worker

from hospes.config.threads import Threads
from hospes.core.drains import DRAINS, Drain

log = logging.getLogger(__name__)
WAKE = "hospes_wake"  # the channel of core.drains
_LOCKS = 0x405BE5  # the first half of our advisory locks; the second is the worker's number
_SPREAD = random.SystemRandom()  # queues that were begun together do not stay together
_HEARTBEAT, _SILENCE = 5.0, 30.0  # seconds
_RESCUE_EVERY, _FORGET_EVERY = 3.0, 3600.0  # seconds
_KEEP_HOURS = 24 * 30  # what ended badly stays to be looked at
_PATIENCE = 20.0  # seconds for jobs in hand when we are told to stop
_REST = 10.0  # seconds after which a queue's thread that nobody needed gives its database connection back

# A worker without its lock is dead; one that has just registered may not have taken it yet.
_FIND_DEAD = """
    SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => %(silence)s)
    UNION
    SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - interval '2 seconds'
       AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(locks)s
                       AND objid = id::bigint::oid AND objsubid = 2
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
_FIND_ABANDONED = (
    "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND (worker_id IS NULL OR worker_id = ANY(%s))"
)


def run(concurrency: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, then finish the jobs in hand."""
    asyncio.run(_Work(concurrency or int(os.environ.get("HOSPES_WORKER_THREADS", "2"))).run())


class _Work:
    def __init__(self, concurrency: int) -> None:
        self.concurrency = concurrency
        self.stopping = asyncio.Event()
        self.wakes = {name: asyncio.Event() for name in DRAINS}
        # Jobs and queues do not wait for each other's threads, nor one queue for another's.
        self.threads = Threads("drain", patience=_REST, farewell=connections.close_all)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(self.concurrency, thread_name_prefix="job"))
        with self.threads:
            async with _job_app(self.concurrency) as jobs:
                await self._do(jobs)

    async def _do(self, jobs: procrastinate.App) -> None:
        worker: Any = Worker(jobs, **self._options(jobs))

        def stop() -> None:
            _end_for_certain()
            self.stopping.set()
            worker.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop)
        async with asyncio.TaskGroup() as together:
            together.create_task(self._listen(worker, jobs))
            for drain in DRAINS.values():
                together.create_task(self._empty(drain))
            await worker.run()
            if not self.stopping.is_set():
                raise RuntimeError("The worker lost its database connection")

    def _options(self, jobs: procrastinate.App) -> dict[str, Any]:
        return {
            **jobs.worker_defaults,
            "name": f"hospes-{os.getpid()}",
            "concurrency": self.concurrency,
            "delete_jobs": "successful",
            "shutdown_graceful_timeout": _PATIENCE,
            "install_signal_handlers": False,
            "update_heartbeat_interval": _HEARTBEAT,
            "stalled_worker_timeout": _SILENCE,
        }

    async def _empty(self, drain: Drain) -> None:
        """Run one queue: when woken, every `every` seconds, and again at once while there is something in it."""
        wake, failures = self.wakes[drain.name], 0
        while not self.stopping.is_set():
            wake.clear()
            try:
                while await asyncio.wrap_future(self.threads.submit(_one_batch, drain)) and not self.stopping.is_set():
                    pass
                failures, pause = 0, drain.every
            except Exception:  # one queue's fault must not stop the others; it is tried again, ever more slowly
                failures += 1
                pause = min(60.0, drain.every * 2**failures)
                log.exception("Queue %s failed", drain.name)
            await _first_of(wake, self.stopping, timeout=_SPREAD.uniform(0.7, 1.0) * pause)

    async def _listen(self, worker: Worker, jobs: procrastinate.App) -> None:
        """Hold this worker's lock, pass on wakes, and look after what dead workers left."""
        async with await _connect() as connection:
            await connection.execute(f"LISTEN {WAKE}")
            while worker.worker_id is None and not self.stopping.is_set():
                await asyncio.sleep(0.01)
            await connection.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCKS, worker.worker_id])
            self._wake_all()  # what came in before we listened
            rescued = forgotten = float("-inf")
            while not self.stopping.is_set():
                now = asyncio.get_running_loop().time()
                if now - rescued >= _RESCUE_EVERY:
                    rescued = now
                    await _take_up_abandoned(connection, jobs)
                if now - forgotten >= _FORGET_EVERY:
                    forgotten = now
                    await jobs.job_manager.delete_old_jobs(
                        _KEEP_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
                    )
                async for notice in connection.notifies(timeout=0.5, stop_after=1):
                    if notice.payload in self.wakes:
                        self.wakes[notice.payload].set()
                    else:
                        self._wake_all()

    def _wake_all(self) -> None:
        for wake in self.wakes.values():
            wake.set()


async def _take_up_abandoned(connection: psycopg.AsyncConnection[Any], jobs: procrastinate.App) -> None:
    """Give the jobs of dead workers back to the queue."""
    found = await connection.execute(_FIND_DEAD, {"silence": _SILENCE, "locks": _LOCKS})
    dead = [row[0] for row in await found.fetchall()]
    abandoned = await connection.execute(_FIND_ABANDONED, [dead])
    for (job_id,) in await abandoned.fetchall():
        with suppress(procrastinate.exceptions.ConnectorException):  # another worker was faster
            await jobs.job_manager.retry_job_by_id_async(job_id=job_id, retry_at=datetime.now(UTC))
            log.warning("Job %s of a worker that died is taken up again", job_id)
    if dead:
        await connection.execute("DELETE FROM procrastinate_workers WHERE id = ANY(%s)", [dead])


@asynccontextmanager
async def _job_app(concurrency: int) -> AsyncIterator[procrastinate.App]:
    """The jobs' application on connections of its own.

    Tasks stay bound to Django's: what a task defers belongs to its own transaction.
    """
    connector = procrastinate.PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=1 + concurrency // 2, timeout=5
    )
    jobs = procrastinate.App(connector=connector, worker_defaults=django_app.worker_defaults)
    jobs.tasks = django_app.tasks
    jobs.periodic_registry = django_app.periodic_registry
    async with jobs.open_async():
        yield jobs


async def _connect() -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(**connector_params(), autocommit=True)


def _one_batch(drain: Drain) -> int:
    close_old_connections()
    try:
        return drain.run()
    finally:
        close_old_connections()


async def _first_of(*events: asyncio.Event, timeout: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _end_for_certain() -> None:
    """A job in a thread cannot be cut short; after twice the patience the process ends, and the job is redone."""
    timer = threading.Timer(2 * _PATIENCE, os._exit, [1])
    timer.daemon = True
    timer.start()
