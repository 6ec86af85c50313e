"""A line to an SMSC: a socket, one session bound on it, requests with their answers (SMPP 3.4, chapter 2)."""

import logging
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from hospes.channels.adapter import ChannelError
from hospes.channels.smpp import pdus, statuses
from hospes.core.http import OutgoingError, checked_address

log = logging.getLogger(__name__)
ANSWER_SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 15.0
_ENQUIRE, _UNBIND = 0x15, 0x06
Bind = Literal["transceiver", "receiver", "transmitter"]


@dataclass(frozen=True, slots=True)
class Wish:
    """How an inbox reaches its SMSC."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    tls: bool = False
    listen_as: Bind = "transceiver"
    address_range: str = ""

    @classmethod
    def of(cls, credential: Mapping[str, Any]) -> "Wish":
        """The credential as a value. Raises ChannelError when something is missing."""
        host, system_id = str(credential.get("host") or ""), str(credential.get("system_id") or "")
        port = str(credential.get("port") or "2775")
        if not host or not system_id or not port.isdigit() or not 0 < int(port[:6]) < 65_536:
            raise ChannelError("The SMSC's address or the system id is missing in the inbox's settings.",
                               permanent=False, set_up=False)  # fmt: skip
        return cls(
            host=host,
            port=int(port),
            system_id=system_id,
            password=str(credential.get("password") or ""),
            system_type=str(credential.get("system_type") or ""),
            tls=str(credential.get("tls") or "") in {"1", "true", "True", "on", "yes"},
            listen_as="receiver" if credential.get("listen_as") == "receiver" else "transceiver",
            address_range=str(credential.get("address_range") or ""),
        )


class Gone(ChannelError):
    """The line is no more: closed by the SMSC, or silent for too long."""

    def __init__(self, words: str) -> None:
        super().__init__(words, permanent=False)


class Line:
    """One session. `take` gets every deliver_sm and data_sm and returns the status to answer with."""

    def __init__(self, sock: socket.socket, *, take: Callable[[bytes], int] | None = None) -> None:
        self._socket = sock
        self._take = take
        self._held = bytearray()
        self._maker = pdus.Maker()
        self.heard_at = time.monotonic()

    @classmethod
    def bound(cls, wish: Wish, kind: Bind, *, take: Callable[[bytes], int] | None = None) -> Self:
        """Connect and bind. Raises ChannelError; `set_up` is False when the SMSC does not let us in."""
        line = cls(_connected(wish), take=take)
        try:
            line._bind(wish, kind)
        except BaseException:
            line.close(politely=False)
            raise
        return line

    def _bind(self, wish: Wish, kind: Bind) -> None:
        answer = self.ask(
            f"bind_{kind}",
            system_id=wish.system_id,
            password=wish.password,
            system_type=wish.system_type,
            address_range=wish.address_range,
        )
        status = pdus.header_of(answer).status
        if status:
            raise statuses.refused_bind(status)

    def ask(self, command: str, *, timeout: float = ANSWER_SECONDS, **fields: Any) -> bytes:
        """A request's answer; what else comes meanwhile is dealt with. Raises Gone."""
        sequence, pdu = self._maker.request(command, **fields)
        self._write(pdu)
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            came = self.read(left)
            if came is None:
                continue
            header = pdus.header_of(came)
            if header.command & pdus.RESPONSE and header.sequence == sequence:
                return came
            self.handle(came)
        raise Gone("The SMSC did not answer in time.")

    def step(self, wait: float) -> bool:
        """Deal with one PDU if one comes within `wait` seconds."""
        came = self.read(wait)
        if came is not None:
            self.handle(came)
        return came is not None

    def enquire(self, timeout: float = ANSWER_SECONDS) -> None:
        """Make sure that somebody is there (4.11). Raises Gone."""
        self.ask("enquire_link", timeout=timeout)

    def handle(self, pdu: bytes) -> None:
        """Answer a request of the SMSC. Raises Gone when it leaves."""
        header = pdus.header_of(pdu)
        if header.command & pdus.RESPONSE:
            return  # too late, or a nack of what we have given up
        if header.command in {pdus.DELIVER_SM, pdus.DATA_SM}:
            self._write(pdus.response(header, self._take(pdu) if self._take else statuses.NOT_NOW))
        elif header.command == _ENQUIRE:
            self._write(pdus.response(header))
        elif header.command == _UNBIND:
            self._write(pdus.response(header))
            raise Gone("The SMSC ended the session.")
        else:
            self._write(pdus.unknown(header))

    def read(self, wait: float) -> bytes | None:
        """The next whole PDU, or None when none came in time; what came of one is kept. Raises Gone."""
        end = time.monotonic() + wait
        while True:
            length = int.from_bytes(self._held[:4]) if len(self._held) >= 4 else 0
            if length and not 16 <= length <= pdus.LARGEST:
                raise Gone("The SMSC sent something that is no PDU.")
            if length and len(self._held) >= length:
                pdu = bytes(self._held[:length])
                del self._held[:length]
                self.heard_at = time.monotonic()
                return pdu
            left = end - time.monotonic()
            if left <= 0 and wait:
                return None
            try:
                self._socket.settimeout(max(left, 0.001))
                came = self._socket.recv(65_536)
            except TimeoutError:
                return None
            except OSError as error:
                raise Gone(f"The line to the SMSC broke: {error}") from error
            if not came:
                raise Gone("The SMSC closed the line.")
            self._held += came

    def _write(self, pdu: bytes) -> None:
        try:
            self._socket.settimeout(ANSWER_SECONDS)
            self._socket.sendall(pdu)
        except OSError as error:
            raise Gone(f"The line to the SMSC broke: {error}") from error

    def close(self, *, politely: bool = True) -> None:
        """Unbind and close; never raises."""
        try:
            if politely:
                self.ask("unbind", timeout=2.0)
        except ChannelError as error:
            log.debug("The session was not ended in good order: %s", error)
        finally:
            self._socket.close()


def _connected(wish: Wish) -> socket.socket:
    try:
        address = checked_address(wish.host, wish.port)
        sock = socket.create_connection((address, wish.port), timeout=CONNECT_SECONDS)
    except OutgoingError as error:
        raise ChannelError(str(error.message), permanent=False, set_up=False) from error
    except OSError as error:
        raise Gone(f"{wish.host} could not be reached: {error}") from error
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wish.tls:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=wish.host)
    except OSError as error:
        sock.close()
        raise Gone(f"{wish.host}: {error}") from error
    return sock
