"""A bound line for each SMPP inbox, in the mail process: what the SMSC delivers is stored before it is told so.

One machine at a time holds an inbox's line, by a lock in the database that falls with the connection.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from django.db import Error as DatabaseError
from django.db import connection

from hospes.channels import operations, queries
from hospes.channels.adapter import ChannelError
from hospes.channels.running import InboxThread, InboxThreads
from hospes.channels.smpp import intake, statuses
from hospes.channels.smpp.line import Line, Wish
from hospes.core import clock
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes, get_inbox

log = logging.getLogger(__name__)
ENQUIRE_EVERY: Final = 30.0
STEP_SECONDS: Final = 1.0
OTHER_LISTENS: Final = 15.0


class Session:
    """An inbox's line while it is bound. Used by one thread."""

    def __init__(self, inbox: Inbox, credential: Mapping[str, Any]) -> None:
        self._inbox = inbox
        self._about = intake.settings_of(credential)
        self._broken: DatabaseError | None = None
        wish = Wish.of(credential)
        self.line = Line.bound(wish, wish.listen_as, take=self._take)

    def _take(self, pdu: bytes) -> int:
        """Store, then say so. What could not be stored is to be delivered again."""
        try:
            intake.take(inbox=self._inbox, pdu=pdu, about=self._about, now=clock.now())
        except DatabaseError as error:
            log.warning("A message for inbox %s could not be stored: %s", self._inbox.pk, error)
            self._broken = error
            return statuses.NOT_NOW
        return 0

    def step(self, wait: float = STEP_SECONDS) -> bool:
        """Deal with what comes; after a silence make sure that the SMSC is there, and that the lock is still ours."""
        came = self.line.step(wait)
        if self._broken is not None:
            raise self._broken
        if time.monotonic() - self.line.heard_at > ENQUIRE_EVERY:
            self.line.enquire()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        return came


class Listener(InboxThread):
    """Keeps one inbox's line bound until told to stop."""

    kind = "smpp"
    usual = (ChannelError, DatabaseError, OSError)

    def went_well(self, seconds: float) -> bool:
        """A line that is bound and dropped at once has not gone well."""
        return seconds > 60

    def work(self) -> None:
        """Bind, listen."""
        inbox = get_inbox(self.inbox_id)
        with operations.one_reader(self.inbox_id) as mine:
            if not mine:  # another machine has the line
                self.stopping.wait(OTHER_LISTENS)
                return
            session = Session(inbox, self.credential)
            try:
                self._tell(working=True, words="")
                while not self.stopping.is_set():
                    session.step()
            finally:
                session.line.close()


class Listeners(InboxThreads):
    """A line for each SMPP inbox with an SMSC, by its settings of now."""

    name = "smpp"

    def wanted(self) -> Mapping[int, Mapping[str, Any]]:
        """Inboxes that have an SMSC."""
        pks = active_inboxes("smpp").values_list("pk", flat=True)
        found = {pk: queries.credential_of(pk) for pk in pks}
        return {pk: credential for pk, credential in found.items() if credential.get("host")}

    def made(self, inbox_id: int) -> Listener:
        """A listener with the settings of this moment."""
        return Listener(inbox_id, queries.credential_of(inbox_id))
