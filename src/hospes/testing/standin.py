"""A provider's API on loopback: keeps every request it gets, answers as a script says."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

#: How often, in seconds, a server looks whether it shall end: the library's half a second is what each test would wait.
AT_ONCE = 0.01


@dataclass(frozen=True)
class Asked:
    """One request as the provider sees it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"{}")

    @property
    def form(self) -> dict[str, str]:
        """The body as a form, the last value of each name."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True)
class Reply:
    """What to answer. `drop` cuts the connection, `late` holds the answer back until the stand-in ends."""

    status: int = 200
    data: Any = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    late: bool = False


class StandIn:
    """The server. `answers` are taken one by one before `usual` is asked; both see the request."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: list[Reply] = []
        self.usual: Callable[[Asked], Reply] = lambda asked: Reply(data={"ok": True})
        self.url = ""
        self.ended = threading.Event()
        self._lock = threading.Lock()

    def take(self, asked: Asked) -> Reply:
        """Keep a request and find its answer."""
        with self._lock:
            self.asked.append(asked)
            return self.answers.pop(0) if self.answers else self.usual(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece: in two, the second one waits until the first was acknowledged

    def _serve(self) -> None:
        server: Any = self.server
        standin: StandIn = server.standin
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        params = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = standin.take(Asked(self.command, parts.path, params, headers, body))
        if reply.late:
            standin.ended.wait(60)
        if reply.drop or reply.late:
            self.close_connection = True
            return
        content = reply.body if reply.data is None else json.dumps(reply.data).encode()
        self.send_response(reply.status)
        kept = {"Content-Type": "application/json", **reply.headers}
        for name, value in kept.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@contextmanager
def standin() -> Iterator[StandIn]:
    """A running stand-in; the guard of outgoing HTTP lets tests reach it by `settings.HTTP_ALLOW = ["127.0.0.1"]`."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.standin = found = StandIn()
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[AT_ONCE], daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
