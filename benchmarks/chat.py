"""A thousand open chats against a running Hospes: answers to their visitors, memory for each, the widget's size."""

import asyncio
import base64
import gzip
import json
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

import brotli
import psutil

from benchmarks.live import Installation, free_port, message
from benchmarks.report import Line, below, percentile
from hospes.channels.chat.script import FILE, slim

ORIGIN = "https://shop.example"
ANSWERS = 200
A_SECOND = 20
VISITORS = """
import json
from hospes.channels.chat import sites, visitors
from hospes.channels.models import ChatSite
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations as tickets
from hospes.tickets.incoming import IncomingMessage, Person
from hospes.core import outbox
site = sites.create_chat(name="Bench", language="en", team=None, origins=["https://shop.example"], actor=SYSTEM, now=now())
site = sites.change_site(inbox=site.inbox, needs_people=False, mail_minutes=0, actor=SYSTEM, now=now())
made = []
for number in range(COUNT):
    visitor, token = visitors.come(site=site, known=None, coming=visitors.Coming(), now=now())
    said = IncomingMessage(message_id=f"{visitor.key}:m", sender=Person(visitor.address, f"Visitor {number}"),
        text="Hello", reply="Hello", identity="handle", authenticated=True, thread_key=visitor.key, language="en")
    ticket = tickets.receive_message(incoming=said, inbox=site.inbox, source_id=None, files=[], now=now(), channel="chat")
    made.append([token, ticket.ticket.pk])
print("MADE" + json.dumps([site.pk, made]))
"""
ANSWERING = """
import random, sys, time
from hospes.core.actors import SYSTEM
from hospes.core.clock import now
from hospes.tickets import operations as tickets
from hospes.tickets.models import Ticket
ids = json_ids
random.Random(7).shuffle(ids)
begun = time.time()
for number in range(ANSWERS):
    time.sleep(max(0, begun + number / A_SECOND - time.time()))
    ticket = Ticket.objects.get(pk=ids[number])
    handed = time.time()
    tickets.reply(ticket=ticket, actor=SYSTEM, now=now(), text=f"answer {number}")
    print("SENT", number, handed, time.time(), flush=True)
"""


def frame(text: str) -> bytes:
    """A masked text frame (RFC 6455, 5.3), as browsers send it."""
    body, mask = text.encode(), secrets.token_bytes(4)
    size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2, "big")
    return b"\x81" + size + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(body))


async def connect(port: int, inbox: int, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A visitor's page: handshake, hello, ready."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET /ws/guest HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: {ORIGIN}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head, head
    hello = {"type": "hello", "kind": "chat", "inbox": inbox, "token": token, "cursor": "0"}
    writer.write(frame(json.dumps(hello)))
    while (await message(reader))["type"] != "ready":
        pass
    return reader, writer


# What the web server itself takes for a WebSocket: the same server in front of an application of six lines.
ALONE = """
import asyncio, sys
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": '{"type": "ready"}'})
server = Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGINL, log_level=LogLevels.error)
asyncio.run(server.serve())
"""


async def _hear(reader: asyncio.StreamReader, heard: dict[int, list[float]]) -> None:
    """Note when each answer comes."""
    while True:
        said: Any = await message(reader)
        if said.get("type") == "message" and said["message"]["text"].startswith("answer "):
            heard.setdefault(int(said["message"]["text"].split()[1]), []).append(time.time())


async def fan_out(here: Installation, inbox: int, made: list[Any], web: psutil.Process) -> dict[str, Any]:
    """Open all, answer some; what came when, and what an idle page costs."""
    warm = 25  # what the first visitors make the process load is not theirs alone
    pages = list(await asyncio.gather(*(connect(here.port, inbox, token) for token, _id in made[:warm])))
    await asyncio.sleep(6)
    before = web.memory_info().rss
    began = time.perf_counter()
    for start in range(warm, len(made), 25):
        pages += await asyncio.gather(*(connect(here.port, inbox, token) for token, _id in made[start : start + 25]))
    opened = time.perf_counter() - began
    await asyncio.sleep(1)
    idle = (web.memory_info().rss - before) / 1024 / (len(made) - warm)
    heard: dict[int, list[float]] = {}
    tasks = [asyncio.create_task(_hear(reader, heard)) for reader, _writer in pages]
    script = ANSWERING.replace("json_ids", json.dumps([pk for _token, pk in made]))
    script = script.replace("ANSWERS", str(ANSWERS)).replace("A_SECOND", str(A_SECOND))
    said = await asyncio.to_thread(here.run, "admin", "shell", "--no-imports", "-c", script)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _reader, writer in pages:
        writer.close()
    sent = {int(p[1]): (float(p[2]), float(p[3])) for p in (x.split() for x in said.splitlines() if x[:4] == "SENT")}
    return {"opened": opened, "idle": idle, "sent": sent, "heard": heard}


async def _open(port: int, server: psutil.Process, count: int) -> float:
    pages = list(await asyncio.gather(*(connect(port, 1, "") for _ in range(25))))
    before = server.memory_info().rss
    for _ in range(0, count, 25):
        pages += await asyncio.gather(*(connect(port, 1, "") for _ in range(25)))
    grown = (server.memory_info().rss - before) / 1024 / (len(pages) - 25)
    for _reader, writer in pages:
        writer.close()
    return grown


def alone(*, count: int = 300) -> float:
    """Kilobytes that the web server takes for each WebSocket before any of our code keeps a thing."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", ALONE, str(port)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        return asyncio.run(_open(port, psutil.Process(process.pid), count))
    finally:
        process.terminate()
        process.wait(20)


def widget_lines() -> Iterator[Line]:
    """How large the widget is on its way."""
    body = slim(FILE.read_text()).encode()
    more = {"plain": len(body) / 1024, "brotli": len(brotli.compress(body)) / 1024}
    yield below("chat widget, gzip", len(gzip.compress(body, 9)) / 1024, 25, unit="kB", more=more)


def lines(*, chats: int = 1000) -> Iterator[Line]:
    """The widget's size, then the open chats."""
    yield from widget_lines()
    with TemporaryDirectory(prefix="hospes-chats-") as folder:
        here = Installation(folder, demo=False)
        here.start()
        try:
            script = VISITORS.replace("COUNT", str(chats))
            said = here.run("admin", "shell", "--no-imports", "-c", script).rpartition("MADE")[2]
            inbox, made = json.loads(said)
            assert here.process is not None
            parts = psutil.Process(here.process.pid).children(recursive=True)
            web = next(
                p for p in parts if any(c.laddr.port == here.port for c in p.net_connections() if c.status == "LISTEN")
            )
            found = asyncio.run(fan_out(here, inbox, made, web))
        finally:
            here.stop()
    heard, sent = found["heard"], found["sent"]
    lost = ANSWERS - len(heard)
    doubled = sum(len(times) - 1 for times in heard.values())
    late = sorted((heard[n][0] - sent[n][0]) * 1000 for n in heard)
    since = sorted((heard[n][0] - sent[n][1]) * 1000 for n in heard)
    yield below(
        f"commit of an answer → its visitor, {chats:,} open chats, p95",
        percentile(since, 0.95),
        250,
        more={"p50": statistics.median(since), "p95 from handing it in": percentile(late, 0.95)},
    )
    yield Line(f"answers lost or doubled, of {ANSWERS}", lost + doubled, "", aim="0", good=lost + doubled == 0)
    bare = alone()
    yield Line("memory of the web process for each open chat", found["idle"], "kB", more={"the server alone": bare})
    yield below("of it, what our own code keeps", found["idle"] - bare, 20, unit="kB")
    yield below(f"{chats:,} visitors come at once, all let in", found["opened"], 60, unit="s")


if __name__ == "__main__":
    from benchmarks.report import show

    for line in lines(chats=int(sys.argv[1]) if len(sys.argv) > 1 else 1000):
        show(line)
