"""A thread for each mailbox that is fetched: connects again by itself, and is started anew when its settings change."""

import json
import logging
import random
import threading
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections

from hospes.channels import operations, queries
from hospes.channels.email import imap, routes
from hospes.core import clock
from hospes.tickets.queries.setup import get_inbox

log = logging.getLogger(__name__)
LOOK_SECONDS = 20.0
LONGEST_PAUSE = 300.0


class Watcher(threading.Thread):
    """Fetches one inbox's mail until told to stop."""

    def __init__(self, inbox_id: int, credential: dict[str, Any], *, pause: float = 2.0) -> None:
        super().__init__(name=f"imap-{inbox_id}", daemon=True)
        self.inbox_id, self.credential = inbox_id, credential
        self.stopping = threading.Event()
        self._pause = pause
        self._told: str | None = None

    def run(self) -> None:
        """Connect, fetch, wait for more; after a fault again, ever more slowly."""
        failures = 0
        try:
            while not self.stopping.is_set():
                try:
                    self._watch()
                    failures = 0
                except Exception as error:
                    log.warning("Inbox %s could not be fetched: %s", self.inbox_id, error)
                    failures = 1 if self._told == "" else failures + 1  # it worked meanwhile
                    self._tell(working=False, words=f"{type(error).__name__}: {error}")
                pause = min(LONGEST_PAUSE, self._pause * 2 ** min(failures, 9))
                self.stopping.wait(pause * random.uniform(0.8, 1.2) if failures else 0)  # noqa: S311 - jitter
        finally:
            connections.close_all()

    def _watch(self) -> None:
        close_old_connections()
        inbox = get_inbox(self.inbox_id)
        wish = imap.Wish.of(self.credential)
        client = imap.connect(wish)
        try:
            mailbox = imap.Mailbox(client, inbox, wish, max_bytes=settings.MAX_MESSAGE_BYTES)
            while not self.stopping.is_set():
                self._take(mailbox)
                mailbox.wait(self.stopping.is_set)
        finally:
            imap.close(client)

    def _take(self, mailbox: imap.Mailbox) -> None:
        close_old_connections()
        with operations.one_reader(self.inbox_id) as mine:
            if mine:
                mailbox.take_new(now=clock.now())
            else:  # another machine reads it; IDLE still needs a chosen folder
                mailbox.client.select_folder(mailbox.wish.folder, readonly=True)
        self._tell(working=True, words="")

    def _tell(self, *, working: bool, words: str) -> None:
        """Keep how it goes for `hospes check` and the settings page, when it changed."""
        if words == self._told:
            return
        try:
            operations.note_credential(inbox_id=self.inbox_id, working=working, words=words, now=clock.now())
            self._told = words
        except Exception:  # the database is away: the next round tells
            log.debug("The state of inbox %s could not be kept", self.inbox_id)
            connections.close_all()


class Watchers:
    """Keeps a watcher running for each inbox with IMAP settings, as they are now."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[str, Watcher]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="imap-watchers", daemon=True)

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """End all, waiting a little for what is being stored. A fetch that is cut is fetched again."""
        self._stopping.set()
        self._thread.join(3)
        watchers = [watcher for _print, watcher in self._running.values()]
        for watcher in watchers:
            watcher.stopping.set()
        for watcher in watchers:
            watcher.join(3)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    close_old_connections()
                    self._look()
                except Exception as error:
                    log.warning("IMAP settings could not be read: %s", error)
                    connections.close_all()
                self._stopping.wait(LOOK_SECONDS)
        finally:
            connections.close_all()

    def _look(self) -> None:
        wanted = {pk: queries.credential_of(pk) for pk in routes.watched()}
        for pk, (known, watcher) in list(self._running.items()):
            if pk not in wanted or known != _print(wanted[pk]) or not watcher.is_alive():
                watcher.stopping.set()
                del self._running[pk]
        for pk, credential in wanted.items():
            if pk not in self._running:
                watcher = Watcher(pk, credential)
                self._running[pk] = (_print(credential), watcher)
                watcher.start()


def _print(credential: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in credential.items() if k.startswith("imap_")}, sort_keys=True, default=str)
