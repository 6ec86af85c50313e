"""What `hospes up` puts under the supervisor, what it checks before, and what it tells the person who started it."""

import contextlib
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from importlib import import_module

from hospes.config.folder import Folder, Refused
from hospes.config.locks import Held
from hospes.config.postgres import Server, StartFailed
from hospes.config.supervisor import Part, Supervisor, in_child

_SLOW = 60.0  # seconds after which we say that it takes long


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen."""

    host: str
    port: int
    smtp_port: int

    @property
    def local(self) -> str:
        """The host under which this machine reaches itself."""
        host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"[{host}]" if ":" in host else host

    @property
    def web(self) -> str:
        """The address of the web server for a browser on this machine."""
        return f"http://{self.local}:{self.port}"


def up(folder: Folder, addresses: Addresses, *, demo: bool) -> None:
    """Run everything until told to stop. Raises Refused with the cure when it cannot start."""
    folder.prepare()
    folder.claim()
    try:
        _check_port(addresses.host, addresses.port, "--port", "HOSPES_PORT")
        _check_port(addresses.host, addresses.smtp_port, "--smtp-port", "HOSPES_SMTP_PORT")
        server = _database(folder)
        try:
            _run(folder, addresses, server, demo=demo)
        finally:
            if server is not None:
                server.stop()
    finally:
        folder.lock.release()


def _run(folder: Folder, addresses: Addresses, server: Server | None, *, demo: bool) -> None:
    os.environ["HOSPES_HOST"], os.environ["HOSPES_PORT"] = addresses.host, str(addresses.port)
    os.environ["HOSPES_SMTP_PORT"] = str(addresses.smtp_port)
    door = _demo_sink() if demo and not os.environ.get("HOSPES_MAIL_RELAY") else None
    _load()
    from hospes.config import migrations

    if migrations.pending():
        _say("Bringing the database up to date …")
        if not in_child(migrations.migrate):
            raise Refused("The database could not be brought up to date; the reason stands above.")
    parts = [
        Part("mail", lambda: _mail(addresses, door)),
        Part("web", lambda: _web(addresses)),
        Part("worker", lambda: import_module("hospes.config.worker").run(), patience=30.0),
    ]
    if demo:
        parts.insert(0, Part("demo", lambda: import_module("hospes.config.demo").fill(), once=True, patience=3.0))
    _close_connections()
    Supervisor(parts, server, _say).run(_Announcement(folder, addresses, demo=demo).tick)
    _say("Hospes has stopped.")


def _demo_sink() -> socket.socket:
    """Where the demo's mail ends, for want of a relay; opened before the settings are read, served by "mail"."""
    from hospes.config.demo import sink

    door = sink.listening()
    os.environ["HOSPES_MAIL_RELAY"] = sink.address(door)
    return door


def _mail(addresses: Addresses, door: socket.socket | None) -> None:
    if door is not None:
        from hospes.config.demo import sink

        sink.start(door, sink.folder())
    import_module("hospes.channels.email.listener").run(addresses.host, addresses.smtp_port)


def _web(addresses: Addresses) -> None:
    from hospes.config import serve

    serve.run(addresses.host, addresses.port, int(os.environ.get("HOSPES_WEB_WORKERS", "1")))


def _load() -> None:
    """Import once what the parts need; they are forked from it."""
    for name in ("hospes.config.asgi", "hospes.config.worker", "granian.server.embed"):
        import_module(name)
    with contextlib.suppress(ModuleNotFoundError):
        import_module("hospes.channels.email.listener")
    from django.urls import get_resolver

    _ = get_resolver().url_patterns


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _database(folder: Folder) -> Server | None:
    if os.environ.get("DATABASE_URL"):
        return None
    server = folder.server()
    try:
        os.environ["DATABASE_URL"] = server.start()
    except Held as held:
        raise Refused(
            f"Process {held.pid} uses the database in {folder.path} at the moment. Try again when it is done."
        ) from held
    except StartFailed as failure:
        raise Refused(str(failure)) from failure
    return server


def _check_port(host: str, port: int, flag: str, variable: str) -> None:
    """Raise Refused if nobody can listen there, before anything is started."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Refused(f"The host {host!r} is not known here: {error}. Choose another with --host.") from error
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise Refused(
                f"Port {port} on {host} cannot be used: {error.strerror}. Stop what uses it, "
                f"or choose another with {flag} or {variable}."
            ) from error


class _Announcement:
    """Says once that everything answers, and where."""

    def __init__(self, folder: Folder, addresses: Addresses, *, demo: bool) -> None:
        self.folder, self.addresses, self.demo = folder, addresses, demo
        self.began = time.monotonic()
        self.warned = False

    def tick(self) -> float | None:
        """Ask /readyz; announce and ask no more when it says yes."""
        if not _is_ready(self.addresses):
            if not self.warned and time.monotonic() - self.began > _SLOW:
                self.warned = True
                _say(f"{self.addresses.web}/readyz does not say that all is well yet; still trying.")
            return 0.05
        in_child(self._announce)
        return None

    def _announce(self) -> None:
        from django.conf import settings

        _say("Hospes is ready.")
        _say(f"  Desk      {settings.PUBLIC_URL}/")
        _say(f"  Mail in   smtp://{self.addresses.local}:{self.addresses.smtp_port}")
        _say(f"  Data      {self.folder.path}")
        if self.demo:
            for line in import_module("hospes.config.demo").sign_ins():
                _say(f"  Sign in   {line}")
        elif address := import_module("hospes.config.setup_key").setup_address():
            _say(f"  Set up    {address}")
        _say("Ctrl-C stops it.")


def _is_ready(addresses: Addresses) -> bool:
    from django.conf import settings

    known = next((name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"), None)
    request = urllib.request.Request(f"{addresses.web}/readyz")  # noqa: S310 - our own address
    if known:
        request.add_header("Host", known)
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _say(text: str) -> None:
    print(text, file=sys.stdout, flush=True)
