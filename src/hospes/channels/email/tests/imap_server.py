"""An IMAP server that follows a script, small enough to misbehave in every way that real ones do."""

import re
import socketserver
import threading
from contextlib import contextmanager

from hospes.channels.email.imap import Wish


class Folder:
    """A mailbox: mails by UID. `drop_at` cuts the connection in the middle of that UID's bytes, `refuse` answers NO
    for these UIDs, `seen` are flagged by some other program."""

    def __init__(self, mails=None, *, uidvalidity=1, arrived="04-May-2026 12:00:00 +0000"):
        self.mails = dict(mails or {})
        self.uidvalidity = uidvalidity
        self.arrived = dict.fromkeys(self.mails, arrived)
        self.default_arrival = arrived
        self.drop_at = set()
        self.refuse = set()
        self.seen = set()
        self.asked = []
        self.login = "OK"
        self.idle = None

    def add(self, uid, body, arrived=None):
        self.mails[uid] = body
        self.arrived[uid] = arrived or self.default_arrival


class _Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] ready")
        while line := self.rfile.readline():
            tag, _space, command = line.decode().strip().partition(" ")
            self.server.folder.asked.append(command)
            if not self.answer(tag, command):
                return

    def answer(self, tag, command):
        folder, upper = self.server.folder, command.upper()
        if upper.startswith("LOGIN") and folder.login != "OK":
            self.say(f"{tag} NO {folder.login}")
            return True
        if upper.startswith(("SELECT", "EXAMINE")):
            self.say(f"* {len(folder.mails)} EXISTS")
            self.say(f"* OK [UIDVALIDITY {folder.uidvalidity}] ok")
            self.say(f"* OK [UIDNEXT {max(folder.mails, default=0) + 1}] ok")
        elif upper.startswith("CAPABILITY"):
            self.say("* CAPABILITY IMAP4rev1 IDLE UIDPLUS")
        elif upper.startswith("UID SEARCH"):
            first = int(re.search(r"UID (\d+):", upper[10:])[1])
            found = [uid for uid in folder.mails if uid >= first] or [max(folder.mails)] if folder.mails else []
            self.say("* SEARCH " + " ".join(map(str, found)))
        elif upper.startswith("UID FETCH"):
            return self.fetch(tag, upper)
        elif upper.startswith("UID STORE"):
            folder.seen.update(_uids(upper.split()[2]))
        elif upper.startswith("IDLE"):
            self.say("+ idling")
            if folder.idle:
                folder.idle()
            self.say(f"* {len(folder.mails)} EXISTS")
            self.rfile.readline()
        elif upper.startswith("LOGOUT"):
            self.say("* BYE")
            self.say(f"{tag} OK bye")
            return False
        self.say(f"{tag} OK done")
        return True

    def fetch(self, tag, command):
        folder = self.server.folder
        uids = [uid for uid in _uids(command.split()[2]) if uid in folder.mails]
        if "BODY.PEEK" in command and folder.refuse.intersection(uids):
            self.say(f"{tag} NO internal error")
            return True
        part = re.search(r"BODY\.PEEK\[\](?:<0\.(\d+)>)?", command)
        for number, uid in enumerate(uids, 1):
            body = folder.mails[uid]
            if not part:
                facts = f'UID {uid} RFC822.SIZE {len(body)} INTERNALDATE "{folder.arrived[uid]}"'
                self.say(f"* {number} FETCH ({facts})")
                continue
            name = "BODY[]<0>" if part[1] else "BODY[]"
            body = body[: int(part[1])] if part[1] else body
            self.wfile.write(f"* {number} FETCH (UID {uid} {name} {{{len(body)}}}\r\n".encode())
            if uid in folder.drop_at:
                folder.drop_at.discard(uid)
                self.wfile.write(body[: len(body) // 2])
                return False
            self.wfile.write(body)
            self.say(")")
        self.say(f"{tag} OK done")
        return True


def _uids(text):
    found = []
    for part in text.split(","):
        first, _colon, last = part.partition(":")
        found += range(int(first), int(last or first) + 1)
    return found


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def imap_server(folder):
    """A running server for one folder; gives how to reach it."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.folder = folder
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Wish("127.0.0.1", "anna", "secret", port=server.server_address[1], security="none", timeout=10)
        finally:
            server.shutdown()
            thread.join()
