"""A whole running Hospes: start-up time, memory, mail to open desk, one message to many open desks."""

import asyncio
import base64
import json
import os
import secrets
import signal
import smtplib
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import psycopg

from benchmarks.report import Line, below, percentile

HOSPES = Path(sys.executable).with_name("hospes")
PEOPLE = """
from django.test import Client
from django.conf import settings
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.staff import operations as staff
from hospes.staff.models import Agent
agent = Agent.objects.filter(email="bench@demo.example").first() or staff.create_agent(
    email="bench@demo.example", name="Bench", role="admin", password="correct-horse-battery", actor=SYSTEM, now=now())
import json
from hospes.realtime.hub import connection_parameters
print("DATABASE" + json.dumps(connection_parameters()))
client = Client()
client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
print("COOKIE" + settings.SESSION_COOKIE_NAME + "=" + client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


class Installation:
    """`hospes up` on free ports, with the demo company or empty."""

    def __init__(self, folder: str, *, demo: bool = True) -> None:
        self.command = [HOSPES, "up", "--demo"] if demo else [HOSPES, "up"]
        self.port, self.smtp_port = free_port(), free_port()
        self.environment = {
            **os.environ,
            "HOSPES_DATA": folder,
            "HOSPES_PORT": str(self.port),
            "HOSPES_SMTP_PORT": str(self.smtp_port),
        }
        for name in ("DATABASE_URL", "HOSPES_SECRET_KEY"):
            self.environment.pop(name, None)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start; seconds until /readyz says ok."""
        began = time.perf_counter()
        self.process = subprocess.Popen(self.command, env=self.environment, stdout=subprocess.DEVNULL)
        while time.perf_counter() - began < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except OSError:
                time.sleep(0.02)
        raise SystemExit("Hospes did not become ready")

    def run(self, *arguments: str) -> str:
        """One of its commands beside it."""
        return subprocess.run(
            [HOSPES, *arguments], env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def stop(self) -> None:
        """As Ctrl-C does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def come_to_rest(self) -> None:
        """Until its memory has not fallen for fifteen seconds: what only the start needed is given back."""
        least, since = self.resident(), time.monotonic()
        while time.monotonic() - since < 15:
            time.sleep(0.5)
            if (now := self.resident()) < least - 1:
                least, since = now, time.monotonic()

    def resident(self) -> float:
        """Megabytes resident of all processes together; shared pages count once for each (so this is an upper bound)."""
        return self._sum(lambda process: process.memory_info().rss)

    def proportional(self) -> float:
        """Megabytes with shared pages divided among their users."""
        return self._sum(lambda process: process.memory_full_info().pss)

    def _sum(self, of: Callable[[psutil.Process], int]) -> float:
        assert self.process is not None
        parent, found = psutil.Process(self.process.pid), 0
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's come and go
                found += of(process)
        return found / 2**20

    def wait_for_mail(self) -> None:
        """Until the mail door is open."""
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.smtp_port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def connect(port: int, cookie: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket's handshake (RFC 6455, 4.1) by hand, so that the client costs little beside the server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    return reader, writer


async def message(reader: asyncio.StreamReader) -> dict[str, object]:
    """The next text message of the server (unmasked, unfragmented)."""
    while True:
        first, length = await reader.readexactly(2)
        size = length & 127
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await reader.readexactly(8), "big")
        body = await reader.readexactly(size)
        if first & 15 == 1:
            found: dict[str, object] = json.loads(body)
            return found


async def heard(reader: asyncio.StreamReader, wanted: str) -> float:
    """When an event of this name comes in."""
    while True:
        said = await message(reader)
        if any(e["name"] == wanted for e in said.get("events", [])):  # type: ignore[attr-defined]
            return time.perf_counter()


def send(port: int, number: int) -> float:
    """Hand in one mail; when it was accepted."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        f"live{number}@customer.example",
        "support@demo.example",
        f"Live {number}",
    )
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@customer.example>"
    mail.set_content("A mail to an open desk.")
    with smtplib.SMTP("127.0.0.1", port) as door:
        door.send_message(mail)
        return time.perf_counter()


async def mail_to_desk(here: Installation, cookie: str, count: int = 60) -> list[float]:
    """Milliseconds from a mail's acceptance to its event on an open desk, sorted."""
    reader, writer = await connect(here.port, cookie)
    await message(reader)
    found = []
    for number in range(count):
        waiting = asyncio.create_task(heard(reader, "MessageReceived"))
        accepted = await asyncio.to_thread(send, here.smtp_port, number)
        found.append((await asyncio.wait_for(waiting, 20) - accepted) * 1000)
        await asyncio.sleep(0.05)
    writer.close()
    return sorted(found)


class Commits(threading.Thread):
    """When events were committed: PostgreSQL tells listeners at commit, as it tells Hospes itself."""

    def __init__(self, database: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.connection = psycopg.connect(**database, autocommit=True)
        self.connection.execute("LISTEN hospes_events")
        self.moments: list[float] = []
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        """Note each."""
        while not self.over.is_set():
            for _notice in self.connection.notifies(timeout=0.5, stop_after=1):
                self.moments.append(time.perf_counter())
        self.connection.close()


async def fan_out(
    here: Installation, cookie: str, desks: int, web: psutil.Process, commits: Commits
) -> tuple[list[float], float]:
    """(milliseconds from the commit of a message to each desk, kilobytes of the web process for each idle one)."""
    before = web.memory_info().rss
    places = []
    for start in range(0, desks, 50):
        places += await asyncio.gather(*(connect(here.port, cookie) for _ in range(min(50, desks - start))))
    for reader, _writer in places:
        await message(reader)
    idle = (web.memory_info().rss - before) / 1024 / desks
    found = []
    for number in range(5):
        waiting = [asyncio.create_task(heard(reader, "MessageReceived")) for reader, _writer in places]
        await asyncio.sleep(0.2)
        sent = time.perf_counter()
        await asyncio.to_thread(send, here.smtp_port, 1000 + number)
        times = await asyncio.wait_for(asyncio.gather(*waiting), 60)
        committed = min(moment for moment in commits.moments if moment > sent)
        found += [(t - committed) * 1000 for t in times]
    for _reader, writer in places:
        writer.close()
    return sorted(found), idle


def lines(*, desks: tuple[int, ...]) -> Iterator[Line]:
    """Start, memory, latency, fan-out."""
    with TemporaryDirectory(prefix="hospes-live-") as folder:
        here = Installation(folder)
        here.start()
        here.run("demo")
        here.stop()
        starts = []
        for _ in range(5):
            starts.append(here.start())
            here.wait_for_mail()
            if len(starts) < 5:
                here.stop()
        try:
            yield below("hospes up, second start → /readyz", statistics.median(starts), 5, unit="s")
            database, _word, cookie = (
                here.run("admin", "shell", "--no-imports", "-c", PEOPLE)
                .rpartition("DATABASE")[2]
                .strip()
                .rpartition("COOKIE")
            )
            found = asyncio.run(mail_to_desk(here, cookie))
            yield below("mail accepted → open desk, p50", percentile(found, 0.5), 150)
            yield below("mail accepted → open desk, p95", percentile(found, 0.95), 500)
            here.come_to_rest()
            yield below(
                "all processes with demo data, resident",
                here.resident(),
                700,
                unit="MB",
                more={"shared once": here.proportional()},
            )
            assert here.process is not None
            parts = psutil.Process(here.process.pid).children(recursive=True)
            web = next(
                p for p in parts if any(c.laddr.port == here.port for c in p.net_connections() if c.status == "LISTEN")
            )
            commits = Commits(json.loads(database))
            for count in desks:
                found, idle = asyncio.run(fan_out(here, cookie, count, web, commits))
                yield below(
                    f"commit → {count:,} open desks, p95", percentile(found, 0.95), 100 if count <= 500 else 400,
                    more={"p50": percentile(found, 0.5)},
                )  # fmt: skip
                yield Line(
                    f"idle connections per GB, with {count:,}",
                    2**20 / idle,
                    "",
                    aim="≥ 25,000",
                    good=2**20 / idle >= 25_000,
                )
            commits.over.set()
            commits.join()
        finally:
            here.stop()
