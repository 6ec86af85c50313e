"""`hospes web`: HTTP and WebSockets on one port, in this very process (several with HOSPES_WEB_WORKERS)."""

import asyncio
import os
import signal
import sys
import threading
from typing import Any

_LAST_BYTES = 0.3  # seconds for the server to send what it was given
_PATIENCE = 10  # seconds for requests in hand when we are told to stop


def run(host: str, port: int, workers: int = 1) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests in hand."""
    if workers > 1:
        _run_many(host, port, workers)
    else:
        asyncio.run(_run_here(host, port))


async def _run_here(host: str, port: int) -> None:
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    from hospes.config import asgi

    server: Any = Server(
        asgi.application,
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        log_level=LogLevels.error,
    )
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    serving, stopping = asyncio.create_task(server.serve()), asyncio.create_task(told.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not told.is_set():
        raise RuntimeError("The web server ended by itself") from serving.exception()
    _end_for_certain()
    server.signal_handler_interrupt()
    # Requests in hand are answered; idle connections, half-sent requests and sockets are cut: browsers come back.
    while asgi.pages.in_hand and not serving.done():
        await asyncio.sleep(0.02)
    await asyncio.wait({serving}, timeout=_LAST_BYTES)
    stopping.cancel()
    serving.cancel()
    asgi.pages.close()


def _run_many(host: str, port: int, workers: int) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    options: dict[str, Any] = {"interface": Interfaces.ASGINL, "log_level": LogLevels.error}
    Granian(
        "hospes.config.asgi:application",
        address=host,
        port=port,
        workers=workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
        **options,
    ).serve()


def _end_for_certain() -> None:
    """End the process even if a client keeps its connection or a view never returns."""

    def end() -> None:
        sys.stderr.flush()
        os._exit(0)

    timer = threading.Timer(_PATIENCE, end)
    timer.daemon = True
    timer.start()
