"""Fetching mail by IMAP (RFC 9051): what is new is known by UID alone, and counted as read only once it is stored."""

import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from hospes.channels import operations
from hospes.channels.email.receive import Arrival, accept_many
from hospes.tickets.models import Inbox

log = logging.getLogger(__name__)
BATCH_MAILS = 25
BATCH_BYTES = 8 * 1024 * 1024
TOO_LARGE_HEAD = 1024 * 1024
ASKED_AT_ONCE = 500
TRIES = 3
CLOCK_SKEW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Wish:
    """How to reach a mailbox and what to do with mail that is stored.

    `since`: older mail (by INTERNALDATE) was there before us and is left alone; by default that is everything that
    came before the credential was saved. `after`: "keep" leaves the mailbox untouched, "seen" marks, "delete" removes.
    """

    host: str
    user: str
    password: str = ""
    token: str = ""
    port: int = 0
    security: str = "tls"
    folder: str = "INBOX"
    since: datetime | None = None
    after: str = "keep"
    timeout: float = 60.0

    @classmethod
    def of(cls, credential: Mapping[str, Any]) -> "Wish":
        """From an inbox's credential: imap_host, imap_user, imap_password or imap_token (XOAUTH2), imap_port,
        imap_security (tls, starttls, none), imap_folder, imap_since_days, imap_after."""
        saved = credential.get("imap_saved_at")
        since = datetime.fromisoformat(saved) - CLOCK_SKEW if saved else None
        if since and credential.get("imap_since_days"):
            since -= timedelta(days=int(credential["imap_since_days"]))
        return cls(
            host=str(credential["imap_host"]),
            user=str(credential.get("imap_user") or ""),
            password=str(credential.get("imap_password") or ""),
            token=str(credential.get("imap_token") or ""),
            port=int(credential.get("imap_port") or 0),
            security=str(credential.get("imap_security") or "tls"),
            folder=str(credential.get("imap_folder") or "INBOX"),
            since=since,
            after=str(credential.get("imap_after") or "keep"),
        )


def connect(wish: Wish) -> IMAPClient:
    """A signed-in connection. Raises OSError, or IMAPClientError with the server's words."""
    tls = wish.security == "tls"
    context = ssl.create_default_context()
    client = IMAPClient(
        wish.host, port=wish.port or (993 if tls else 143), ssl=tls, ssl_context=context if tls else None,
        timeout=wish.timeout,
    )  # fmt: skip
    try:
        if wish.security == "starttls":
            client.starttls(context)
        client.normalise_times = False
        if wish.token:
            client.oauth2_login(wish.user, wish.token)
        else:
            client.login(wish.user, wish.password)
    except BaseException:
        close(client)
        raise
    return client


def close(client: IMAPClient) -> None:
    """End a connection, whatever state it is in."""
    try:
        client.shutdown()
    except Exception:  # it is gone already
        log.debug("IMAP connection was already closed")


class Mailbox:
    """One folder of one inbox, read over one connection."""

    def __init__(self, client: IMAPClient, inbox: Inbox, wish: Wish, *, max_bytes: int) -> None:
        self.client, self.inbox, self.wish, self.max_bytes = client, inbox, wish, max_bytes
        self.failed: dict[int, int] = {}

    def take_new(self, *, now: datetime) -> int:
        """Store all mail that came since the position kept; returns how many mails the server gave.

        May be cut at any moment: the position moves only over what is committed, and what is fetched twice (also
        after a change of UIDVALIDITY) is known by its bytes and stored once.
        """
        chosen = self.client.select_folder(self.wish.folder, readonly=self.wish.after == "keep")
        position = operations.mailbox_position(
            inbox=self.inbox, folder=self.wish.folder, uidvalidity=int(chosen[b"UIDVALIDITY"])
        )
        taken = 0
        for batch in self._batches(self._new_uids(position.last_uid)):
            mails = self._fetch(batch)
            self._store(mails, now=now)
            operations.advance_position(position=position, uid=max(batch))
            self._after([uid for uid, _mail in mails])
            taken += len(mails)
        return taken

    def _new_uids(self, last: int) -> list[int]:
        # "n:*" always names the newest mail, also when it is older than n.
        found: list[int] = self.client.search(["UID", f"{last + 1}:*"])
        return sorted(uid for uid in found if uid > last)

    def _batches(self, uids: Sequence[int]) -> Iterator[dict[int, int]]:
        """UIDs with their sizes, in order, in pieces that fit into memory. Mail from before our time is left out."""
        batch: dict[int, int] = {}
        size = 0
        for start in range(0, len(uids), ASKED_AT_ONCE):
            asked = uids[start : start + ASKED_AT_ONCE]
            facts = self.client.fetch(asked, ["RFC822.SIZE", "INTERNALDATE"])
            for uid in asked:
                if uid not in facts or self._before_our_time(facts[uid].get(b"INTERNALDATE")):
                    continue
                length = min(int(facts[uid].get(b"RFC822.SIZE") or 0), self.max_bytes)
                if batch and (len(batch) >= BATCH_MAILS or size + length > BATCH_BYTES):
                    yield batch
                    batch, size = {}, 0
                batch[uid] = int(facts[uid].get(b"RFC822.SIZE") or 0)
                size += length
        if batch:
            yield batch

    def _before_our_time(self, arrived: datetime | None) -> bool:
        if self.wish.since is None or arrived is None:
            return False
        return (arrived if arrived.tzinfo else arrived.replace(tzinfo=UTC)) < self.wish.since

    def _fetch(self, batch: Mapping[int, int]) -> list[tuple[int, Arrival]]:
        whole = [uid for uid, size in batch.items() if size <= self.max_bytes]
        try:
            found = self.client.fetch(whole, ["BODY.PEEK[]"]) if whole else {}
            bodies = {uid: found[uid].get(b"BODY[]") for uid in whole if uid in found}
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            bodies = self._one_by_one(whole)
        for uid, size in batch.items():
            if size > self.max_bytes:
                part = self.client.fetch([uid], [f"BODY.PEEK[]<0.{TOO_LARGE_HEAD}>"]).get(uid, {})
                bodies[uid] = part.get(b"BODY[]<0>")
        return [(uid, self._arrival(uid, body, batch[uid])) for uid, body in sorted(bodies.items()) if body is not None]

    def _one_by_one(self, uids: Sequence[int]) -> dict[int, bytes | None]:
        """After a refused batch: one bad mail must not hold up the others; after some tries a note stands for it."""
        bodies: dict[int, bytes | None] = {}
        for uid in uids:
            try:
                found = self.client.fetch([uid], ["BODY.PEEK[]"])
                bodies[uid] = found[uid].get(b"BODY[]") if uid in found else None
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                self.failed[uid] = self.failed.get(uid, 0) + 1
                if self.failed[uid] < TRIES:
                    raise
                bodies[uid] = _note(self.inbox, self.wish, uid, str(error))
        return bodies

    def _arrival(self, uid: int, body: bytes, size: int) -> Arrival:
        trace: dict[str, object] = {"folder": self.wish.folder, "uid": uid}
        if size > self.max_bytes:
            trace["too_large"] = size
        return Arrival(body, (self.inbox.pk,), "", (), "imap", trace)

    def _store(self, mails: Sequence[tuple[int, Arrival]], *, now: datetime) -> None:
        if mails:
            accept_many([arrival for _uid, arrival in mails], now=now)

    def _after(self, uids: Sequence[int]) -> None:
        """What the admin wants done with stored mail; nothing depends on it."""
        if not uids or self.wish.after == "keep":
            return
        if self.wish.after == "seen":
            self.client.add_flags(uids, [b"\\Seen"], silent=True)
            return
        self.client.delete_messages(uids, silent=True)
        if self.client.has_capability("UIDPLUS"):
            self.client.uid_expunge(uids)

    def wait(self, stopping: Callable[[], bool], *, seconds: float = 240, step: float = 2) -> None:
        """Wait until the server tells of something new, `seconds` pass, or `stopping()` says so."""
        if self._came_meanwhile():
            return
        if not self.client.has_capability("IDLE"):
            for _ in range(int(min(seconds, 60) / step)):
                if stopping():
                    return
                time.sleep(step)
            return
        self.client.idle()
        try:
            for _ in range(int(seconds / step)):
                if stopping() or self.client.idle_check(timeout=step):
                    return
        finally:
            self.client.idle_done()

    def _came_meanwhile(self) -> bool:
        """Whether mail came since the folder was chosen: servers need not tell of it once IDLE has begun."""
        _text, told = self.client.noop()
        return any(b"EXISTS" in parts for parts in told if isinstance(parts, tuple))


def _note(inbox: Inbox, wish: Wish, uid: int, words: str) -> bytes:
    """A mail that stands for one that the server would not give, so that somebody sees it."""
    note = EmailMessage()
    note["From"] = f"Mailbox <{inbox.address}>"
    note["To"] = inbox.address
    note["Subject"] = f"A mail in {wish.folder} could not be fetched (UID {uid})"
    note["Message-ID"] = f"<unfetched.{uid}.{wish.folder.encode().hex()}@{inbox.address.rpartition('@')[2]}>"
    note["Auto-Submitted"] = "auto-generated"
    note.set_content(f"The mail server {wish.host} said: {' '.join(words.split())[:500]}\n")
    return note.as_bytes()
