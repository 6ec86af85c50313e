"""Where the demo's mail to the world ends: an SMTP server on this machine that keeps the last mails as files.

Nothing goes outside. `simulation` reads the files to answer what agents wrote; a person can open them with any mail
program.
"""

import asyncio
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

KEEP: Final = 200
RECIPIENT: Final = "X-Envelope-To"  # the field in which a kept mail tells to whom it was handed over


def folder() -> Path:
    """Where the mails are."""
    from django.conf import settings

    return Path(settings.DATA_DIR) / "demo-mail"


def kept(within: Path) -> list[Path]:
    """The mails, oldest first: their names begin with the nanosecond of their arrival."""
    return sorted(within.glob("*.eml")) if within.is_dir() else []


def store(within: Path, content: bytes, recipients: Sequence[str]) -> Path:
    """Keep one mail, whole or not at all, and forget those beyond KEEP."""
    within.mkdir(parents=True, exist_ok=True, mode=0o700)
    head = "".join(f"{RECIPIENT}: {_plain(address)}\r\n" for address in recipients).encode("utf-8", "replace")
    path = within / f"{time.time_ns():020d}-{secrets.token_hex(3)}.eml"
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(head + content)
    os.replace(unfinished, path)
    for old in kept(within)[:-KEEP]:
        with suppress(FileNotFoundError):
            old.unlink()
    return path


def _plain(address: str) -> str:
    return "".join(address.split())


class Handler:
    """Takes every recipient and every mail."""

    def __init__(self, within: Path) -> None:
        self.within = within

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep it."""
        content = envelope.content
        body = content if isinstance(content, bytes) else str(content or "").encode()
        await asyncio.get_running_loop().run_in_executor(None, store, self.within, body, envelope.rcpt_tos)
        return "250 2.0.0 OK kept for the demo"


def listening() -> socket.socket:
    """A socket on a free loopback port that already takes connections: whoever is forked later serves it."""
    door = socket.create_server(("127.0.0.1", 0), backlog=100)
    door.set_inheritable(True)
    return door


def address(door: socket.socket) -> str:
    """The door as HOSPES_MAIL_RELAY wants it."""
    host, port = door.getsockname()[:2]
    return f"smtp://{host}:{port}"


async def serve(door: socket.socket, within: Path) -> None:
    """Take mail for ever."""
    loop = asyncio.get_running_loop()
    handler = Handler(within)

    def connection() -> Any:
        return SMTP(handler, data_size_limit=0, enable_SMTPUTF8=True, hostname="demo.example", loop=loop)

    server = await loop.create_server(connection, sock=door)
    async with server:
        await server.serve_forever()


def start(door: socket.socket, within: Path) -> threading.Thread:
    """Take mail in a thread of its own, as long as this process lives."""
    thread = threading.Thread(target=lambda: asyncio.run(serve(door, within)), daemon=True, name="demo sink")
    thread.start()
    return thread


def since(within: Path, moment: float, known: Iterable[str]) -> list[Path]:
    """Mails that came after `moment` (seconds since 1970) and are not among the known names, oldest first."""
    seen = set(known)
    return [p for p in kept(within) if p.name not in seen and int(p.name[:20]) > moment * 1e9]
