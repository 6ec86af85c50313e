"""What channels keep running beside the mail listener: mailboxes that are watched, bots that are asked for news."""

import json
import logging
import random
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from django.db import close_old_connections, connections

from hospes.channels import operations
from hospes.channels.adapter import ChannelError
from hospes.channels.registry import RUNNERS
from hospes.core import clock

log = logging.getLogger(__name__)


class Runner(Protocol):
    """Something that runs in the background of the mail process, in threads of its own, on as many machines as there
    are: it sees to it itself that an inbox is read by one of them at a time."""

    def start(self) -> None:
        """Begin, in the background."""
        ...

    def stop(self) -> None:
        """End within a few seconds; what was not stored yet is fetched again."""
        ...


class Running:
    """All of them together."""

    def __init__(self) -> None:
        self._runners: list[Runner] = [_made(where) for where in RUNNERS]

    def start(self) -> None:
        """Begin."""
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """End, one after the other."""
        for runner in self._runners:
            runner.stop()


def _made(where: str) -> Runner:
    module, _dot, name = where.rpartition(".")
    runner: Runner = getattr(import_module(module), name)()
    return runner


class InboxThread(threading.Thread):
    """Does what one inbox needs until told to stop; after a fault again, ever more slowly, and tells how it goes."""

    kind = ""
    longest_pause: float = 120.0
    #: Faults that need no trace in the log: the other side's, the network's, the database's.
    usual: tuple[type[Exception], ...] = (Exception,)

    def __init__(self, inbox_id: int, credential: Mapping[str, Any], *, pause: float = 2.0) -> None:
        super().__init__(name=f"{self.kind}-{inbox_id}", daemon=True)
        self.inbox_id, self.credential = inbox_id, credential
        self.stopping = threading.Event()
        self._pause = pause
        self._told: str | None = None

    def work(self) -> None:
        """The work, until told to stop. Raises when it cannot go on; returns to be called again at once."""
        raise NotImplementedError

    def went_well(self, seconds: float) -> bool:
        """Whether the work, that ended by a fault after so long, had gone well: then we begin with short pauses."""
        return self._told == ""

    def words_of(self, error: Exception) -> str:
        """What to tell of a fault."""
        return error.words if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"

    def run(self) -> None:
        """Work; after a fault again, ever more slowly, or as slowly as the other side says."""
        failures = 0
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                try:
                    close_old_connections()
                    self.work()
                    failures = 0
                except Exception as error:
                    if self.stopping.is_set():
                        break
                    failures = 1 if self.went_well(time.monotonic() - began) else failures + 1
                    self._fault(error)
                    pause = min(self.longest_pause, self._pause * 2 ** min(failures, 9))
                    asked = error.retry_after if isinstance(error, ChannelError) else 0.0
                    self.stopping.wait(max(asked, pause * random.uniform(0.8, 1.2)))  # noqa: S311 - jitter
        finally:
            connections.close_all()

    def _fault(self, error: Exception) -> None:
        words = self.words_of(error)
        log.warning("%s, inbox %s: %s", self.kind, self.inbox_id, words, exc_info=not isinstance(error, self.usual))
        if not isinstance(error, ChannelError):
            connections.close_all()
        self._tell(working=False, words=words)

    def _tell(self, *, working: bool, words: str) -> None:
        """Keep how it goes for the settings page and `hospes check`, when it changed."""
        if words == self._told:
            return
        try:
            operations.note_credential(inbox_id=self.inbox_id, working=working, words=words, now=clock.now())
            self._told = words
        except Exception:  # the database is away: the next round tells
            log.debug("The state of inbox %s could not be kept", self.inbox_id)
            connections.close_all()


class InboxThreads:
    """Keeps a thread running for each inbox that wants one, and starts it anew when the inbox's settings change."""

    name = ""
    look_seconds = 20.0

    def __init__(self) -> None:
        self._running: dict[int, tuple[str, InboxThread]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{self.name}-all", daemon=True)

    def wanted(self) -> Mapping[int, Mapping[str, Any]]:
        """The inboxes that want a thread, with the settings upon whose change it starts anew."""
        raise NotImplementedError

    def made(self, inbox_id: int) -> InboxThread:
        """A thread for one of them, not started yet."""
        raise NotImplementedError

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End all, waiting a little for what is being stored. What is cut off is fetched again."""
        self._stopping.set()
        self._thread.join(3)
        threads = [thread for _print, thread in self._running.values()]
        for thread in threads:
            thread.stopping.set()
        for thread in threads:
            thread.join(3)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    close_old_connections()
                    self.look()
                except Exception as error:
                    log.warning("Settings for %s could not be read: %s", self.name, error)
                    connections.close_all()
                self._stopping.wait(self.look_seconds)
        finally:
            connections.close_all()

    def look(self) -> None:
        """Start and end threads so that they fit the settings as they are now."""
        wanted = {pk: json.dumps(dict(wish), sort_keys=True, default=str) for pk, wish in self.wanted().items()}
        for pk, (known, thread) in list(self._running.items()):
            if wanted.get(pk) != known or not thread.is_alive():
                thread.stopping.set()
                del self._running[pk]
        for pk, wish in wanted.items():
            if pk not in self._running:
                thread = self.made(pk)
                self._running[pk] = (wish, thread)
                thread.start()
