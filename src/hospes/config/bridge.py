"""Runs Django's WSGI handler in threads behind an ASGI server, so that pages and WebSockets share one port.

Measured (docs/decisions/0003-web-server.md), this is a tenth slower than a WSGI server and twice as fast as
Django's own ASGI handler, which makes a thread and borrows a connection for each request. Threads are kept, so
their database connections persist. Bodies are read before a thread is taken: slow senders hold none.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_IN_MEMORY = 1024 * 1024  # bytes of a request body kept in memory; the rest goes to a temporary file
_SENT_AT_ONCE = 256 * 1024  # bytes up to which a streamed answer (most static files) is read in one go
_UNPREFIXED = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class TooLarge(Exception):
    """The request's body is over the limit."""


class Gone(Exception):
    """The client left before its request was whole."""


class ThreadBridge:
    """An ASGI application for HTTP around a WSGI one. `largest_body` is in bytes."""

    def __init__(self, application: WSGIApplication, *, threads: int, largest_body: int) -> None:
        self.application = application
        self.largest_body = largest_body
        self.in_hand = 0  # requests that have come in whole and are not answered yet
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        try:
            body = await self._read(scope, receive)
        except TooLarge:
            await _refuse(send, 413)
            return
        except (Gone, asyncio.CancelledError):  # cancelled: we are told to stop, and half a request is none
            return
        self.in_hand += 1
        try:
            answer = await loop.run_in_executor(self._threads, self._run, environ(scope, body))
            start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
            await send(start)
            if answer.parts is None:
                await send({"type": "http.response.body", "body": answer.body})
            else:
                await self._stream(answer, send)
        finally:
            self.in_hand -= 1
            body.close()

    async def _read(self, scope: Scope, receive: Receive) -> IO[bytes]:
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.largest_body:
            raise TooLarge
        body: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by the caller
        try:
            await self._fill(body, receive)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    async def _fill(self, body: IO[bytes], receive: Receive) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            piece = message.get("body", b"")
            size += len(piece)
            if size > self.largest_body:
                raise TooLarge
            body.write(piece)
            more = message.get("more_body", False)

    def _run(self, request: Environ) -> "_Answer":
        answer = _Answer()
        result = self.application(request, answer.start)
        if getattr(result, "streaming", False) and answer.size() > _SENT_AT_ONCE:
            answer.parts = result
        else:
            try:
                answer.body = b"".join(result)
            finally:
                result.close()  # type: ignore[attr-defined]
        return answer

    async def _stream(self, answer: "_Answer", send: Send) -> None:
        """Send piece by piece; a slow reader holds no thread between two pieces.

        Pieces may come from different threads, so a streamed answer must not read the database as it goes
        (files do not).
        """
        loop = asyncio.get_running_loop()
        parts = iter(answer.parts or ())
        try:
            while piece := await loop.run_in_executor(self._threads, _next_piece, parts):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await loop.run_in_executor(self._threads, answer.parts.close)  # type: ignore[union-attr]

    def close(self) -> None:
        """Wait for requests in hand, then end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=False)


class _Answer:
    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.parts: Iterable[bytes] | None = None

    def start(self, status: str, headers: list[tuple[str, str]], failure: object = None) -> None:
        """WSGI's start_response (PEP 3333)."""
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def size(self) -> int:
        """The announced length in bytes; endless where nothing is announced."""
        announced = dict(self.headers).get(b"content-length", b"")
        return int(announced) if announced.isdigit() else sys.maxsize


def environ(scope: Scope, body: IO[bytes]) -> Environ:
    """Return the WSGI environment (PEP 3333) of an ASGI request.

    Header names with an underscore are left out: they would be taken for those with a hyphen.
    """
    server, client = scope.get("server") or ("localhost", 80), scope.get("client") or ("", 0)
    request: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if b"_" in raw_name:
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        key = name if name in _UNPREFIXED else f"HTTP_{name}"
        value = raw_value.decode("latin-1")
        if key in request:
            value = f"{request[key]}{'; ' if name == 'COOKIE' else ','}{value}"
        request[key] = value
    if "CONTENT_LENGTH" not in request:  # a chunked body: we know its length by now
        body.seek(0, 2)
        request["CONTENT_LENGTH"] = str(body.tell())
        body.seek(0)
    return request


def _next_piece(parts: Any) -> bytes:
    for piece in parts:
        if piece:
            return bytes(piece)
    return b""


async def _refuse(send: Send, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"The request is too large.\n"})
