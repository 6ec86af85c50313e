"""An SMSC on loopback, written against the SMPP 3.4 specification alone: PDUs are packed by hand, so that a mistake in
the library that the product uses cannot hide itself.
"""

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

BIND = {1: "receiver", 2: "transmitter", 9: "transceiver"}
SUBMIT, DELIVER, UNBIND, ENQUIRE, NACK = 0x04, 0x05, 0x06, 0x15, 0x80000000
USUAL = {
    "service": b"", "source_ton": 1, "source_npi": 1, "source": b"37120000001", "dest_ton": 1, "dest_npi": 1,
    "destination": b"37129999999", "esm_class": 0, "protocol": 0, "coding": 0, "message": b"Hello", "tlvs": b"",
}  # fmt: skip


def deliver_body(**given):
    """The body of a deliver_sm (4.6.1)."""
    f = {**USUAL, **given}
    return b"".join(
        [
            f["service"] + b"\0", bytes((f["source_ton"], f["source_npi"])), f["source"] + b"\0",
            bytes((f["dest_ton"], f["dest_npi"])), f["destination"] + b"\0",
            bytes((f["esm_class"], f["protocol"], 0)), b"\0", b"\0", bytes((0, 0, f["coding"], 0)),
            bytes((len(f["message"]),)), f["message"], f["tlvs"],
        ]
    )  # fmt: skip


def pdu(command, status=0, sequence=1, body=b""):
    """A PDU (3.2)."""
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def tlv(tag, value):
    """An optional parameter (5.3)."""
    return struct.pack(">HH", tag, len(value)) + value


@dataclass
class Submitted:
    """A submit_sm as the SMSC reads it (4.4.1)."""

    source_ton: int
    source_npi: int
    source: str
    dest_ton: int
    dest_npi: int
    destination: str
    esm_class: int
    registered: int
    coding: int
    message: bytes


def read_submit(body):
    """Unpack it field by field."""

    def cstring(at):
        end = body.index(b"\0", at)
        return body[at:end].decode("ascii"), end + 1

    _service, at = cstring(0)
    ton, npi = body[at], body[at + 1]
    source, at = cstring(at + 2)
    dest_ton, dest_npi = body[at], body[at + 1]
    destination, at = cstring(at + 2)
    esm_class, _protocol, _priority = body[at : at + 3]
    _when, at = cstring(at + 3)
    _until, at = cstring(at)
    registered, _replace, coding, _canned, length = body[at : at + 5]
    message = body[at + 5 : at + 5 + length]
    assert len(body) == at + 5 + length, "nothing may follow"
    return Submitted(ton, npi, source, dest_ton, dest_npi, destination, esm_class, registered, coding, message)


@dataclass
class Bound:
    """One session."""

    sock: socket.socket
    kind: str = ""
    system_id: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, data):
        with self.lock:
            self.sock.sendall(data)


class Smsc:
    """The server. `bind_statuses`, `submit_statuses` are taken one by one before 0; a status of None cuts the line, one
    of "late" is never answered. `answers` are the statuses of our deliveries."""

    def __init__(self):
        self.password = "secret"
        self.submitted = []
        self.bind_statuses = []
        self.submit_statuses = []
        self.answers = {}
        self.bound = []
        self.enquired = 0
        self.heard = threading.Condition()
        self.ids = iter(f"{n:X}" for n in range(0x1A2B00, 0x1A2C00))
        self._sequence = 100
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self):
        while True:
            try:
                sock, _address = self._server.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(Bound(sock),), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, session):
        with suppress(OSError, EOFError):
            while True:
                head = self._exactly(session.sock, 16)
                length, command, status, sequence = struct.unpack(">IIII", head)
                body = self._exactly(session.sock, length - 16)
                if not self._handle(session, command, status, sequence, body):
                    break
        session.sock.close()
        with self.heard:
            if session in self.bound:
                self.bound.remove(session)
            self.heard.notify_all()

    def _exactly(self, sock, size):
        found = b""
        while len(found) < size:
            came = sock.recv(size - len(found))
            if not came:
                raise EOFError
            found += came
        return found

    def _handle(self, session, command, status, sequence, body):
        if command in BIND:
            return self._bind(session, command, sequence, body)
        if command == SUBMIT:
            return self._submit(session, sequence, body)
        with self.heard:
            if command & 0x80000000:
                self.answers[sequence] = status
            elif command == ENQUIRE:
                self.enquired += 1
            self.heard.notify_all()
        if command in {ENQUIRE, UNBIND}:
            session.write(pdu(command | 0x80000000, 0, sequence))
        return command != UNBIND

    def _bind(self, session, command, sequence, body):
        system_id, password, _rest = body.split(b"\0", 2)
        status = self.bind_statuses.pop(0) if self.bind_statuses else 0
        if not status and password.decode() != self.password:
            status = 0x0E
        session.write(pdu(command | 0x80000000, status, sequence, b"" if status else b"SMSC\0"))
        if status:
            return False
        session.kind, session.system_id = BIND[command], system_id.decode()
        with self.heard:
            self.bound.append(session)
            self.heard.notify_all()
        return True

    def _submit(self, session, sequence, body):
        status = self.submit_statuses.pop(0) if self.submit_statuses else 0
        if status is None:
            return False
        if status == "late":
            return True
        if status:
            session.write(pdu(0x80000004, status, sequence))
            return True
        with self.heard:
            self.submitted.append(read_submit(body))
            session.write(pdu(0x80000004, 0, sequence, next(self.ids).encode() + b"\0"))
            self.heard.notify_all()
        return True

    def listening(self, timeout=20):
        """The session that takes deliveries, once there is one."""
        with self.heard:
            assert self.heard.wait_for(self._listener, timeout), "nobody listens"
            return self._listener()

    def _listener(self):
        return next((session for session in self.bound if session.kind != "transmitter"), None)

    def push(self, *, sequence=None, command=DELIVER, **given):
        """Deliver a message; its number in the sequence."""
        session = self.listening()
        if sequence is None:
            self._sequence += 1
            sequence = self._sequence
        session.write(pdu(command, 0, sequence, given.get("body") or deliver_body(**given)))
        return sequence

    def answer_to(self, sequence, timeout=20):
        """The status that we were answered with."""
        with self.heard:
            assert self.heard.wait_for(lambda: sequence in self.answers, timeout), "no answer"
            return self.answers[sequence]

    def write(self, data):
        """Send anything at all to who listens."""
        self.listening().write(data)

    def cut(self):
        """Break every line."""
        with self.heard:
            sessions = list(self.bound)
        for session in sessions:
            with suppress(OSError):
                session.sock.shutdown(socket.SHUT_RDWR)

    def close(self):
        """End."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        for thread in self._threads:
            thread.join(5)


@contextmanager
def smsc():
    """A running one."""
    running = Smsc()
    try:
        yield running
    finally:
        running.close()
