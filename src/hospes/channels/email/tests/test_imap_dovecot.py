"""The same against a real Dovecot, run for the test; skipped where Debian's dovecot-imapd is not installed."""

import dataclasses
import getpass
import grp
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from hospes.channels.email import imap
from hospes.channels.email.tests.mails import mail
from hospes.channels.models import MailboxPosition, RawMessage
from hospes.channels.queries import raw_bytes
from hospes.testing.people import NOON, make_inbox

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed (Debian: dovecot-imapd)"),
]


@pytest.fixture
def server():
    # Not in pytest's folder: that is closed to the user that Dovecot runs as.
    with tempfile.TemporaryDirectory(prefix="hospes-dovecot-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield from _running(Path(name) / "d")


def _running(folder):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = getpass.getuser()
    # Dovecot refuses to read mail as root, so its mail belongs to nobody then.
    owner = "nobody" if os.geteuid() == 0 else user
    maildir = folder / "mail"
    for part in ("cur", "new", "tmp"):
        (maildir / part).mkdir(parents=True)
    passwords = folder / "passwd"
    passwords.write_text("anna:{PLAIN}secret\n")
    group = grp.getgrgid(os.getgid()).gr_name if owner == user else "nogroup"
    if owner != user:
        for path in [folder, *folder.rglob("*")]:
            shutil.chown(path, owner, group)
    config = folder / "dovecot.conf"
    config.write_text(f"""
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
default_internal_user = {owner}
default_login_user = {owner}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{maildir}
passdb {{
  driver = passwd-file
  args = {passwords}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
""")
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)], stdout=sys.stderr)
    try:
        yield _ready(port, process, folder), maildir, owner
    finally:
        process.terminate()
        process.wait(20)


def _ready(port, process, folder):
    waiting = threading.Event()
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                if probe.recv(10).startswith(b"* OK"):
                    return imap.Wish("127.0.0.1", "anna", "secret", port=port, security="none", timeout=20)
        except OSError:
            pass
        assert process.poll() is None, (folder / "log").read_text()
        waiting.wait(0.05)
    raise AssertionError((folder / "log").read_text())


def deliver(maildir, name, body, owner):
    path = maildir / "new" / f"1777896000.{name}.host"
    path.write_bytes(body)
    if os.geteuid() == 0:
        shutil.chown(path, owner)


def test_mail_in_a_real_mailbox_is_taken_once_and_left_unread(server):
    wish, maildir, owner = server
    inbox = make_inbox()
    bodies = [mail(f"Mail {n}", message_id=f"{n}@customer.example") for n in range(30)]
    for n, body in enumerate(bodies):
        deliver(maildir, f"M{n:03d}", body, owner)
    client = imap.connect(wish)
    mailbox = imap.Mailbox(client, inbox, wish, max_bytes=10_000_000)
    assert mailbox.take_new(now=NOON) == 30
    assert mailbox.take_new(now=NOON) == 0
    deliver(maildir, "M100", mail("late", message_id="late@customer.example"), owner)
    mailbox.wait(lambda: False, seconds=40, step=1)
    assert mailbox.take_new(now=NOON) == 1
    assert len(client.search("UNSEEN")) == 31
    imap.close(client)
    kept = {raw_bytes(raw).replace(b"\r\n", b"\n") for raw in RawMessage.objects.all()}
    assert {body.replace(b"\r\n", b"\n") for body in bodies} < kept
    assert RawMessage.objects.count() == 31


def test_row_26_a_mailbox_made_anew_gives_no_mail_twice(server):
    wish, _maildir, _owner = server
    wish = dataclasses.replace(wish, folder="Support")
    inbox = make_inbox()
    bodies = [mail(f"Mail {n}", message_id=f"{n}@customer.example") for n in range(5)]
    for again in (False, True):
        client = imap.connect(wish)
        if again:
            client.delete_folder("Support")
        client.create_folder("Support")
        for body in bodies:
            client.append("Support", body)
        assert imap.Mailbox(client, inbox, wish, max_bytes=10_000_000).take_new(now=NOON) == 5
        client.logout()
    assert MailboxPosition.objects.count() == 2
    assert RawMessage.objects.count() == 5
