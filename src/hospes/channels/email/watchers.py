"""A thread for each mailbox that is fetched: connects again by itself, and is started anew when its settings change."""

from typing import Any

from django.conf import settings
from django.db import close_old_connections

from hospes.channels import operations, queries
from hospes.channels.email import imap, routes
from hospes.channels.running import InboxThread, InboxThreads
from hospes.core import clock
from hospes.tickets.queries.setup import get_inbox


class Watcher(InboxThread):
    """Fetches one inbox's mail until told to stop."""

    kind = "imap"
    longest_pause = 300.0

    def work(self) -> None:
        """Connect, fetch, wait for more."""
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
