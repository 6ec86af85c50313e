"""The mail listener: SMTP, and LMTP beside it, in one process. "250" is said only after the raw mail is committed."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from hospes.channels.email.intake import Intake, Unavailable
from hospes.channels.email.receive import Arrival

log = logging.getLogger(__name__)
_HEADROOM = 64 * 1024
_DATA_SECONDS = 1800  # a big mail over a slow line
_END = b"\r\n.\r\n"
LATER = "451 4.3.0 The mail cannot be stored just now. Try again later."
UNKNOWN = "550 5.1.1 No inbox here has this address."
NOT_SET_UP = "450 4.1.1 No inbox is set up here yet. Try again later."
TOO_MANY = "451 4.7.1 Too many mails in a short time. Try again later."


@dataclass(frozen=True, slots=True)
class Options:
    """How to listen. `peer_messages` is the number of mails a minute that one address may bring, 0 for any."""

    max_bytes: int = 40 * 1024 * 1024
    lmtp_port: int = 0
    hostname: str = "hospes"
    certificate: str = ""
    key: str = ""
    connections: int = 400
    peer_connections: int = 100
    peer_messages: int = 0
    threads: int = 2
    timeout: float = 300


def options() -> Options:
    """From settings and the environment (HOSPES_LMTP_PORT, HOSPES_SMTP_CERT, …)."""
    env = os.environ.get
    return Options(
        max_bytes=settings.MAX_MESSAGE_BYTES,
        lmtp_port=int(env("HOSPES_LMTP_PORT") or 0),
        hostname=env("HOSPES_MAIL_HOSTNAME") or socket.gethostname(),
        certificate=env("HOSPES_SMTP_CERT") or "",
        key=env("HOSPES_SMTP_KEY") or "",
        connections=int(env("HOSPES_SMTP_CONNECTIONS") or 400),
        peer_connections=int(env("HOSPES_SMTP_PEER_CONNECTIONS") or 100),
        peer_messages=int(env("HOSPES_SMTP_PEER_MESSAGES") or 0),
    )


@dataclass(slots=True)
class Peers:
    """Who is connected, and how many mails each brought in this minute. A limit only ever says "later"."""

    options: Options
    open: "Counter[str]" = field(default_factory=Counter)
    brought: "Counter[str]" = field(default_factory=Counter)
    minute: int = 0

    def enter(self, peer: str) -> bool:
        """Count a connection; False when there are too many."""
        self.open[peer] += 1
        return self.open.total() <= self.options.connections and self.open[peer] <= self.options.peer_connections

    def leave(self, peer: str) -> None:
        """A connection ended."""
        self.open[peer] -= 1
        if self.open[peer] <= 0:
            del self.open[peer]

    def may_bring(self, peer: str, minute: int) -> bool:
        """Count a mail; False when this address brought too many in this minute."""
        if minute != self.minute:
            self.minute = minute
            self.brought.clear()
        self.brought[peer] += 1
        return not self.options.peer_messages or self.brought[peer] <= self.options.peer_messages


class Handler:
    """What the protocol asks: is this somebody here, and is the mail kept."""

    def __init__(self, intake: Intake, peers: Peers) -> None:
        self.intake, self.peers = intake, peers

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take a recipient only when it is an inbox, so that no mail is accepted that nobody would see."""
        try:
            known = await self.intake.routes_for(address)
        except Unavailable:
            return LATER
        if known.of(address) is None:
            return UNKNOWN if known.inboxes else NOT_SET_UP
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail, then say so. LMTP wants one answer a recipient (RFC 2033)."""
        answer = await self._keep(server, session, envelope)
        times = len(envelope.rcpt_tos) if isinstance(server, LMTP) else 1
        return "\r\n".join([answer] * times)

    async def _keep(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        peer = peer_of(session)
        if not self.peers.may_bring(peer, int(asyncio.get_running_loop().time() // 60)):
            return TOO_MANY
        body = envelope.content
        if not isinstance(body, bytes) or not body.strip():
            return "554 5.6.0 The mail is empty."
        trace = {"peer": peer, "helo": str(session.host_name or ""), "tls": session.ssl is not None}
        try:
            inbox_ids = (await self.intake.routes_for("")).of_all(envelope.rcpt_tos)
            via = "lmtp" if isinstance(server, LMTP) else "smtp"
            arrival = Arrival(body, tuple(inbox_ids), envelope.mail_from or "", tuple(envelope.rcpt_tos), via, trace)
            if not inbox_ids:
                return LATER
            ids = await self.intake.put(arrival)
        except Unavailable:
            return LATER
        return f"250 2.0.0 OK kept as {'.'.join(str(pk) for pk in ids)}"

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is never a reason to lose a mail."""
        log.error("Mail listener: %s", error, exc_info=error)
        return LATER


def peer_of(session: Session) -> str:
    """The address that the other side connects from."""
    return str(session.peer[0]) if isinstance(session.peer, tuple) else str(session.peer or "local")


class _Whole:
    """Reads DATA in one piece instead of line by line: many times faster for big mails, and any line length goes."""

    data_size_limit: int
    _reader: asyncio.StreamReader

    async def smtp_DATA(self: Any, arg: str) -> None:  # noqa: N802 - the library's name
        """RFC 5321 4.1.1.4 with the transparency of 4.5.2. The end is <CRLF>.<CRLF> alone (no smuggling)."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self._reset_timeout(_DATA_SECONDS)
        content = await _read_data(self._reader)
        self._reset_timeout()
        if content is None or len(content) > self.data_size_limit:
            self._set_post_data_state()
            await self.push(f"552 5.3.4 The mail is larger than {self.data_size_limit} bytes.")
            return
        self.envelope.content = self.envelope.original_content = content
        status = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        await self.push(status)


async def _read_data(reader: asyncio.StreamReader) -> bytes | None:
    """The mail with its dots taken out, or None when it is larger than the reader's limit (then it is skipped)."""
    # A line end in front lets one search find the end of an empty mail too. The buffer is empty here unless the
    # client did not wait for our "354".
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
    try:
        data = await reader.readuntil(_END)
    except asyncio.LimitOverrunError:
        await _skip(reader)
        return None
    return data[:-3].replace(b"\r\n.", b"\r\n")[2:]


async def _skip(reader: asyncio.StreamReader) -> None:
    """Read a mail that is too large to its end, keeping nothing."""
    while True:
        try:
            await reader.readuntil(_END)
        except asyncio.LimitOverrunError as error:
            await reader.readexactly(error.consumed)
        else:
            return


class _Counted:
    """Turns a connection away with "try again later" when there are too many."""

    peers: Peers
    open: "set[Any]"

    def connection_made(self: Any, transport: asyncio.BaseTransport) -> None:
        """Count, and turn away what is too much."""
        if self.session is None:  # not again after STARTTLS
            peer = transport.get_extra_info("peername")
            self.counted = str(peer[0]) if isinstance(peer, tuple) else "local"
            self.open.add(self)
            if not self.peers.enter(self.counted):
                transport.write(b"421 4.7.0 Too many connections. Try again later.\r\n")  # type: ignore[attr-defined]
                transport.close()
                return
        super().connection_made(transport)  # type: ignore[misc]

    def eof_received(self: Any) -> bool | None:
        """A connection that was turned away has no conversation to cancel."""
        return None if self.session is None else super().eof_received()  # type: ignore[misc]

    def connection_lost(self: Any, error: Exception | None) -> None:
        """Forget the connection."""
        if self in self.open:
            self.open.discard(self)
            self.peers.leave(self.counted)
        if self.session is not None:
            super().connection_lost(error)  # type: ignore[misc]


class SmtpConnection(_Counted, _Whole, SMTP):  # type: ignore[misc]
    """One SMTP connection."""


class LmtpConnection(_Counted, _Whole, LMTP):  # type: ignore[misc]
    """One LMTP connection (RFC 2033), for a mail server in front of us."""


def _factory(kind: type[SMTP], handler: Handler, wish: Options, open_: set[Any]) -> Callable[[], SMTP]:
    context = None
    if wish.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(wish.certificate, wish.key or None)
    named = type(
        kind.__name__,
        (kind,),
        {"line_length_limit": wish.max_bytes + _HEADROOM, "peers": handler.peers, "open": open_},
    )

    def make() -> SMTP:
        connection: SMTP = named(
            handler,
            data_size_limit=wish.max_bytes,
            enable_SMTPUTF8=True,
            decode_data=False,
            hostname=wish.hostname,
            ident="Hospes",
            tls_context=context,
            timeout=wish.timeout,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        return connection

    return make


async def serve(
    host: str,
    port: int,
    wish: Options,
    *,
    stop: asyncio.Event,
    started: Callable[[list[tuple[str, int]]], None] = lambda addresses: None,
) -> None:
    """Listen until `stop` is set; then take no new connection, finish what is being stored and end.

    `started` is told the addresses listened on (with port 0 the system chooses one).
    """
    intake = Intake(threads=wish.threads)
    peers = Peers(wish)
    handler = Handler(intake, peers)
    open_: set[Any] = set()
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_factory(SmtpConnection, handler, wish, open_), host, port, backlog=512)]
    if wish.lmtp_port:
        make = _factory(LmtpConnection, handler, wish, open_)
        servers.append(await loop.create_server(make, host, wish.lmtp_port if wish.lmtp_port > 0 else 0))
    started([server.sockets[0].getsockname()[:2] for server in servers])
    try:
        await stop.wait()
    finally:
        for server in servers:
            server.close()
        await intake.finish(seconds=8)
        await asyncio.sleep(0)  # let the last answers be written
        for connection in list(open_):
            if connection.transport is not None:
                with contextlib.suppress(Exception):
                    connection.transport.write(b"421 4.3.2 Stopping. Try again later.\r\n")
                    connection.transport.close()


def run(host: str, port: int) -> None:
    """The mail process: listen and fetch until SIGTERM or SIGINT."""
    from hospes.channels.running import Running

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        running = Running()
        running.start()
        try:
            await serve(host, port, options(), stop=stop)
        finally:
            await asyncio.get_running_loop().run_in_executor(None, running.stop)

    asyncio.run(main())
