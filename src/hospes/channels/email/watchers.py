"""A thread for each mailbox that is fetched: connects again by itself, and is started anew when its settings change."""

import logging
import random
from typing import Any

from django.conf import settings
from django.db import close_old_connections, connections

from hospes.channels import operations, queries
from hospes.channels.email import imap, routes
from hospes.channels.running import InboxThread, InboxThreads
from hospes.core import clock
from hospes.tickets.queries.setup import get_inbox

log = logging.getLogger(__name__)
LONGEST_PAUSE = 300.0


class Watcher(InboxThread):
    """Fetches one inbox's mail until told to stop."""

    def __init__(self, inbox_id: int, credential: dict[str, Any], *, pause: float = 2.0) -> None:
        super().__init__(inbox_id, credential, name="imap")
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


class Watchers(InboxThreads):
    """Keeps a watcher running for each inbox with IMAP settings, as they are now."""

    name = "imap"

    def wanted(self) -> dict[int, dict[str, Any]]:
        """Inboxes whose mail is fetched, with what says how."""
        return {
            pk: {name: value for name, value in queries.credential_of(pk).items() if name.startswith("imap_")}
            for pk in routes.watched()
        }

    def made(self, inbox_id: int) -> Watcher:
        """A watcher with the settings of this moment."""
        return Watcher(inbox_id, queries.credential_of(inbox_id))
