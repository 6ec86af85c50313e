"""What channels keep running beside the mail listener: mailboxes that are watched, bots that are asked for news."""

import json
import logging
import threading
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol

from django.db import close_old_connections, connections

from hospes.channels.registry import RUNNERS

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
    """What one inbox needs, in a thread of its own, until told to stop."""

    def __init__(self, inbox_id: int, credential: Mapping[str, Any], *, name: str) -> None:
        super().__init__(name=f"{name}-{inbox_id}", daemon=True)
        self.inbox_id, self.credential = inbox_id, credential
        self.stopping = threading.Event()


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
