"""A mail server that follows a script, for tests of sending."""

import socketserver
import threading
from contextlib import contextmanager


class Sink:
    """What the server got, and how it answers. `answers` maps "MAIL", "RCPT address" or "DATA" to a list of replies
    taken one by one ("drop" cuts the connection, "store, drop" keeps the mail first); then it says yes."""

    def __init__(self, answers=None, *, features=("8BITMIME", "SMTPUTF8")):
        self.answers = {key: list(value) for key, value in (answers or {}).items()}
        self.features = features
        self.mails = []
        self.connections = 0

    def answer(self, *keys):
        for key in keys:
            if self.answers.get(key):
                return self.answers[key].pop(0)
        return ""


class _Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        sink = self.server.sink
        sink.connections += 1
        self.say(sink.answer("CONNECT") or "220 sink")
        sender, recipients = "", []
        while line := self.rfile.readline():
            text = line.decode().strip()
            verb = text[:4].upper()
            reply = ""
            if verb in ("EHLO", "HELO"):
                for feature in sink.features:
                    self.say(f"250-{feature}")
                reply = "250 HELP"
            elif verb == "MAIL":
                sender, recipients = text[10:].partition(">")[0].lstrip("<"), []
                reply = sink.answer("MAIL") or "250 ok"
            elif verb == "RCPT":
                address = text[8:].partition(">")[0].lstrip("<")
                reply = sink.answer(f"RCPT {address}", "RCPT") or "250 ok"
                if reply.startswith("2"):
                    recipients.append(address)
            elif verb == "DATA":
                self.say("354 go on")
                body = b""
                while not body.endswith(b"\r\n.\r\n"):
                    body += self.rfile.readline()
                reply = sink.answer("DATA") or "250 kept"
                if reply.startswith(("2", "store")):
                    sink.mails.append((sender, tuple(recipients), body[:-3].replace(b"\r\n..", b"\r\n.")))
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                reply = "250 ok"
            if "drop" in reply:
                return
            self.say(reply)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def smtp_sink(answers=None, **more):
    """A running Sink and its address as a URL."""
    sink = Sink(answers, **more)
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.sink = sink
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sink, f"smtp://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
