"""Long polling: a thread for each bot that asks Telegram for news (Telegram Bot API: getUpdates).

News are stored together with how far they reach, in one transaction; only the next question, which names that place,
tells Telegram that it may forget them. A machine that dies between the two gets them again, and stores them once.
See docs/decisions/0019.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from hospes.channels import operations, queries
from hospes.channels.adapter import ChannelError, Piece
from hospes.channels.models import Credential, MailboxPosition, RawMessage
from hospes.channels.running import InboxThread, InboxThreads
from hospes.channels.telegram import api, settling, updates
from hospes.core import clock
from hospes.tickets.models import Inbox
from hospes.tickets.queries.setup import active_inboxes, get_inbox

log = logging.getLogger(__name__)
WAIT: Final = 25  # seconds that Telegram holds a question open
OTHER_READS: Final = 10.0  # seconds until we look again whether another machine still reads this bot
FOLDER: Final = "getUpdates"
#: Telegram keeps news for a day, and draws its numbers anew after a quiet week.
STALE: Final = timedelta(days=2)
BATCH: Final = 100
CONFLICT: Final = (
    "Telegram gives the news to a webhook or to another program, so we cannot ask for them. "
    "Press “Check now” to take the webhook away, and let no other program use this bot."
)


class Place:
    """How far a bot's news are stored. Telegram has forgotten what lies before it once it was asked with it."""

    def __init__(self, inbox: Inbox, credential: Mapping[str, Any], now: datetime) -> None:
        self._row = operations.mailbox_position(inbox=inbox, folder=FOLDER, uidvalidity=api.bot_id(credential))
        newest = RawMessage.objects.filter(inbox=inbox, channel="telegram").order_by("-id").first()
        if newest is None or newest.received_at < now - STALE:
            self._row.last_uid = 0  # an old number could lie above the new ones, and have Telegram forget them

    @property
    def offset(self) -> dict[str, int]:
        """What to ask with: after the last stored one while Telegram may still have it, else from the beginning."""
        return {"offset": self._row.last_uid + 1} if self._row.last_uid else {}

    def reached(self, update_id: int) -> None:
        """Keep it, within the transaction that stores the news. 0: Telegram has forgotten all that is stored."""
        if self._row.last_uid != update_id:
            MailboxPosition.objects.filter(pk=self._row.pk).update(last_uid=update_id)
            self._row.last_uid = update_id


def take(inbox: Inbox, place: Place, found: list[Any], now: datetime) -> list[Piece]:
    """Store what came, all or nothing, and how far it reaches; returns the pieces."""
    pieces: list[Piece] = []
    reached = 0
    for update in found:
        try:
            pieces += updates.pieces_of(update)
            reached = max(reached, update["update_id"])
        except ValueError:
            log.warning("Inbox %s got something from Telegram that is no update", inbox.pk)
    raws = [operations.NewRaw(inbox.pk, p.external_id, p.body, p.envelope, "telegram") for p in pieces]
    with transaction.atomic():
        if raws:
            operations.store_raws(raws=raws, now=now)
            Credential.objects.filter(pk=inbox.pk).update(seen_at=now)
        place.reached(reached)
    return pieces


class Poller(InboxThread):
    """Asks for one bot's news until told to stop."""

    kind = "telegram"

    def __init__(self, inbox_id: int, credential: Mapping[str, Any], *, pause: float = 1.0, wait: int = WAIT) -> None:
        super().__init__(inbox_id, credential, pause=pause)
        self._wait = wait

    def words_of(self, error: Exception) -> str:
        """A conflict is told with what to do about it."""
        words = super().words_of(error)
        return CONFLICT if isinstance(error, ChannelError) and words.startswith("409") else words

    def work(self) -> None:
        """Ask, store, ask again, while nobody else does."""
        with operations.one_reader(self.inbox_id) as mine:
            if mine:
                inbox = get_inbox(self.inbox_id)
                place = Place(inbox, self.credential, clock.now())
                while not self.stopping.is_set():
                    self._round(inbox, place)
        if not mine:
            self.stopping.wait(OTHER_READS)

    def _round(self, inbox: Inbox, place: Place) -> None:
        question = {**place.offset, "limit": BATCH, "timeout": self._wait, "allowed_updates": list(updates.WANTED)}
        found = api.call(
            "getUpdates", self.credential, question, timeout=self._wait + 15.0, stopped=self.stopping.is_set
        )
        pieces = take(inbox, place, found if isinstance(found, list) else [], clock.now())
        self._tell(working=True, words="")
        for piece in pieces:
            self._confirm(piece)

    def _confirm(self, piece: Piece) -> None:
        """A pressed button stops turning once it is confirmed; that it is not is no fault of the news."""
        kind, _colon, rest = piece.external_id.partition(":")[2].partition(":")
        if kind == "callback_query":
            query_id = rest.split(":")[1]
            try:
                api.call("answerCallbackQuery", self.credential, {"callback_query_id": query_id}, timeout=5.0)
            except ChannelError as error:
                log.info("A pressed button could not be confirmed: %s", error.words)


class Pollers(InboxThreads):
    """Keeps a poller running for each bot that is asked for its news."""

    name = "telegram"

    def wanted(self) -> dict[int, dict[str, Any]]:
        """Inboxes whose bot is asked, with what says how."""
        ids = active_inboxes("telegram").values_list("pk", flat=True)
        found = {pk: queries.credential_of(pk) for pk in ids}
        return {pk: wish for pk, wish in found.items() if settling.polls(wish) and wish.get("token")}

    def made(self, inbox_id: int) -> Poller:
        """A poller with the settings of this moment."""
        return Poller(inbox_id, queries.credential_of(inbox_id))
