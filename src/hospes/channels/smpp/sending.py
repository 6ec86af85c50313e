"""Lines that this process sends by: a transmitter's session for each inbox, kept for some seconds between messages."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hospes.channels.adapter import ChannelError
from hospes.channels.smpp import pdus, statuses
from hospes.channels.smpp.line import Gone, Line, Wish
from hospes.channels.smpp.texts import Outgoing

KEPT_SECONDS: Final = 5.0


class Lines:
    """The lines of one process. A line is used by one thread at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[Wish, threading.Lock] = {}
        self._kept: dict[Wish, tuple[Line, float]] = {}
        self._timer: threading.Timer | None = None

    @contextmanager
    def line(self, wish: Wish) -> Iterator[Line]:
        """A bound line; closed after a fault, else kept for a moment."""
        with self._guard:
            lock = self._locks.setdefault(wish, threading.Lock())
        with lock:
            line = self._alive(wish) or Line.bound(wish, "transmitter")
            try:
                yield line
            except BaseException as error:
                # A refusal leaves the line in order; whatever else may have left an answer on it.
                if isinstance(error, ChannelError) and not isinstance(error, Gone):
                    self._keep(wish, line)
                else:
                    line.close(politely=False)
                raise
            self._keep(wish, line)

    def _alive(self, wish: Wish) -> Line | None:
        """The kept line, if it still lives: what the SMSC asked meanwhile is answered first."""
        with self._guard:
            line, _since = self._kept.pop(wish, (None, 0.0))
        if line is None:
            return None
        try:
            while line.step(0):
                pass
        except Gone:
            line.close(politely=False)
            return None
        return line

    def _keep(self, wish: Wish, line: Line) -> None:
        with self._guard:
            self._kept[wish] = (line, time.monotonic())
            self._watch()

    def _watch(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(KEPT_SECONDS, self._close_idle)
            self._timer.daemon = True
            self._timer.start()

    def _close_idle(self) -> None:
        with self._guard:
            self._timer = None
            old = [w for w, (_line, since) in self._kept.items() if time.monotonic() - since >= KEPT_SECONDS]
            lines = [self._kept.pop(wish)[0] for wish in old]
            if self._kept:
                self._watch()
        for line in lines:
            line.close()

    def close_all(self) -> None:
        """Close what is kept."""
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            lines = [line for line, _since in self._kept.values()]
            self._kept.clear()
        for line in lines:
            line.close()


LINES: Final = Lines()


def submit(line: Line, part: Outgoing, *, source: tuple[int, int, str], destination: tuple[int, int, str]) -> str:
    """Hand one part to the SMSC; its id of it. Raises ChannelError."""
    answer = line.ask(
        "submit_sm",
        source_addr_ton=source[0],
        source_addr_npi=source[1],
        source_addr=source[2],
        dest_addr_ton=destination[0],
        dest_addr_npi=destination[1],
        destination_addr=destination[2],
        esm_class=part.esm_class,
        registered_delivery=1,
        data_coding=part.data_coding,
        short_message=part.content,
    )
    header = pdus.header_of(answer)
    if header.command != pdus.SUBMIT_SM_RESP and not header.status:
        raise Gone("The SMSC gave another answer than was asked for.")
    if header.status:
        raise statuses.refusal(header.status)
    return pdus.message_id(answer)
