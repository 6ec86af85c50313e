"""Fetching by IMAP from a server that misbehaves: everything is stored once, nothing rests on the unread flag."""

import dataclasses
import threading
from datetime import UTC, datetime

import pytest
from imapclient.exceptions import IMAPClientError

from hospes.channels import operations
from hospes.channels.email import imap, watchers
from hospes.channels.email.parse import parse
from hospes.channels.email.tests.imap_server import Folder, imap_server
from hospes.channels.email.tests.mails import mail
from hospes.channels.models import Credential, MailboxPosition, RawMessage
from hospes.channels.queries import raw_bytes
from hospes.core.actors import SYSTEM
from hospes.testing.people import NOON, make_inbox

pytestmark = pytest.mark.django_db


def take(folder, *, inbox=None, max_bytes=10_000_000, **changes):
    """One connection's worth of fetching."""
    with imap_server(folder) as given:
        wish = dataclasses.replace(given, **changes)
        client = imap.connect(wish)
        try:
            return imap.Mailbox(client, inbox or _inbox(), wish, max_bytes=max_bytes).take_new(now=NOON)
        finally:
            imap.close(client)


def _inbox():
    from hospes.tickets.models import Inbox

    return Inbox.objects.first() or make_inbox()


def stored():
    return sorted(raw_bytes(raw) for raw in RawMessage.objects.all())


def numbered(*uids):
    return {uid: mail(f"Mail {uid}", message_id=f"{uid}@customer.example") for uid in uids}


def test_new_mail_is_stored_as_it_is_and_only_once():
    folder = Folder(numbered(1, 2))
    assert take(folder) == 2
    assert take(folder) == 0
    folder.add(3, mail("three", message_id="3@c.example"))
    assert take(folder) == 1
    assert stored() == sorted(folder.mails.values())
    assert not folder.seen
    assert not any(asked.upper().startswith("SELECT") for asked in folder.asked)


def test_row_26_a_connection_dropped_in_the_middle_of_a_mail_loses_and_doubles_nothing(monkeypatch):
    monkeypatch.setattr(imap, "BATCH_MAILS", 2)
    folder = Folder(numbered(*range(1, 8)))
    folder.drop_at = {4}
    with pytest.raises((IMAPClientError, OSError)):
        take(folder)
    assert MailboxPosition.objects.get().last_uid == 2
    take(folder)
    assert stored() == sorted(folder.mails.values())


def test_row_26_after_a_change_of_uidvalidity_everything_is_read_again_and_stored_once():
    folder = Folder(numbered(1, 2, 3))
    take(folder)
    folder.uidvalidity = 2
    folder.mails = {uid + 100: body for uid, body in folder.mails.items()} | numbered(200)
    folder.arrived = dict.fromkeys(folder.mails, folder.default_arrival)
    take(folder)
    assert stored() == sorted(folder.mails.values())


def test_row_26_mail_that_another_program_marked_as_read_is_taken_all_the_same():
    folder = Folder(numbered(1, 2))
    folder.seen = {1, 2}
    assert take(folder) == 2
    assert not any("UNSEEN" in asked.upper() for asked in folder.asked)


def test_row_26_seven_days_without_us_are_caught_up():
    folder = Folder(numbered(1))
    take(folder)
    for uid in range(2, 300):
        folder.add(
            uid, mail(f"Mail {uid}", message_id=f"{uid}@c.example"), f"{uid % 7 + 5:02d}-May-2026 12:00:00 +0000"
        )
    assert take(folder) == 298
    assert stored() == sorted(folder.mails.values())


def test_row_26_one_message_id_with_two_bodies_is_two_mails():
    take(Folder({1: mail("one"), 2: mail("two")}))
    assert RawMessage.objects.count() == 2


def test_row_26_mails_without_a_message_id_are_stored():
    take(Folder({1: mail("one", message_id=""), 2: mail("two", message_id="", date="")}))
    assert RawMessage.objects.count() == 2


def test_a_mail_over_the_limit_is_stored_with_its_beginning_and_the_next_goes_on(monkeypatch):
    monkeypatch.setattr(imap, "TOO_LARGE_HEAD", 2000)
    folder = Folder({1: mail("x" * 60_000), **numbered(2)})
    take(folder, max_bytes=50_000)
    big = RawMessage.objects.order_by("id")[0]
    assert (big.size, big.envelope["too_large"]) == (2000, len(folder.mails[1]))
    assert parse(raw_bytes(big)).subject == "Kettle"
    assert RawMessage.objects.count() == 2


def test_a_mail_that_the_server_will_not_give_is_shown_by_a_note_after_three_tries():
    folder = Folder(numbered(1, 2, 3))
    folder.refuse = {2}
    inbox = make_inbox()
    with imap_server(folder) as wish:
        client = imap.connect(wish)
        mailbox = imap.Mailbox(client, inbox, wish, max_bytes=10_000)
        for _ in range(2):
            with pytest.raises(IMAPClientError):
                mailbox.take_new(now=NOON)
        assert mailbox.take_new(now=NOON) == 3
        imap.close(client)
    [note] = [body for body in stored() if b"could not be fetched" in body]
    assert parse(note).automatic
    assert len(stored()) == 3


def test_mail_from_before_the_settings_were_saved_is_left_alone():
    folder = Folder(numbered(1), arrived="01-May-2026 12:00:00 +0000")
    folder.add(2, mail("new", message_id="2@c.example"), "04-May-2026 12:00:01 +0000")
    since = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    assert take(folder, since=since) == 1
    assert stored() == [folder.mails[2]]


def test_saving_the_settings_sets_the_moment_from_which_mail_is_taken():
    inbox = make_inbox()
    values = {"imap_host": "imap.example", "imap_user": "u", "imap_password": "p", "imap_since_days": 2}
    operations.save_credential(inbox=inbox, values=values, actor=SYSTEM, now=NOON)
    from hospes.channels.queries import credential_of

    wish = imap.Wish.of(credential_of(inbox.pk))
    assert wish.since == NOON - imap.CLOCK_SKEW - imap.timedelta(days=2)
    operations.save_credential(
        inbox=inbox, values={**values, "imap_password": "new"}, actor=SYSTEM, now=NOON.replace(year=2027)
    )
    assert imap.Wish.of(credential_of(inbox.pk)).since == wish.since


def test_stored_mail_is_marked_or_removed_where_the_admin_wants_it():
    folder = Folder(numbered(1))
    take(folder, after="seen")
    assert folder.seen == {1}
    folder.add(2, mail("two", message_id="2@c.example"))
    take(folder, after="delete")
    assert any(asked.upper().startswith("UID EXPUNGE") for asked in folder.asked)


def test_a_wrong_password_is_told_in_the_servers_words():
    folder = Folder()
    folder.login = "wrong password"
    with pytest.raises(IMAPClientError, match="wrong password"):
        take(folder)


@pytest.mark.django_db(transaction=True)
def test_a_watcher_waits_by_idle_takes_what_comes_and_tells_how_it_goes():
    inbox = make_inbox()
    folder = Folder(numbered(1))
    idled = threading.Event()

    def arrive():
        if not idled.is_set():
            folder.add(2, mail("two", message_id="2@c.example"))
            idled.set()

    folder.idle = arrive
    with imap_server(folder) as wish:
        values = {
            "imap_host": wish.host, "imap_port": wish.port, "imap_user": "u", "imap_password": "p",
            "imap_security": "none",
        }  # fmt: skip
        operations.save_credential(inbox=inbox, values=values, actor=SYSTEM, now=datetime(2020, 1, 1, tzinfo=UTC))
        all_of_them = watchers.Watchers()
        all_of_them.start()
        try:
            assert idled.wait(20)
            _until(lambda: RawMessage.objects.count() == 2)
            _until(lambda: Credential.objects.get().working is True)
        finally:
            all_of_them.stop()


@pytest.mark.django_db(transaction=True)
def test_a_watcher_that_cannot_sign_in_says_so():
    inbox = make_inbox()
    folder = Folder()
    folder.login = "wrong password"
    with imap_server(folder) as wish:
        operations.save_credential(inbox=inbox, values={"imap_host": wish.host}, actor=SYSTEM, now=NOON)
        settings = {"imap_host": wish.host, "imap_port": wish.port, "imap_security": "none"}
        watcher = watchers.Watcher(inbox.pk, settings, pause=0.05)
        watcher.start()
        try:
            _until(lambda: "wrong password" in Credential.objects.get().words)
        finally:
            watcher.stopping.set()
            watcher.join(10)
    assert Credential.objects.get().working is False


def _until(what):
    """Wait for something that another thread does."""
    waiting = threading.Event()
    for _ in range(400):
        if what():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not happen")
