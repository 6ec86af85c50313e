"""`hospes up`: database, web, worker and mail listener as one thing that starts, heals and stops as a whole.

Django is loaded once and the parts are forked from that, which starts them in no time and shares their memory.
The supervisor itself holds neither threads nor database connections.
"""

import ctypes
import gc
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hospes.config.postgres import Server, StartFailed, end_with_parent

_PR_SET_NAME = 15
_LONG_ENOUGH = 30.0  # seconds after which a part counts as healthy, and its next end as a first one
_LONGEST_PAUSE = 30.0
_ORPHAN_PATIENCE = 25.0  # seconds a part may finish its work after its supervisor was killed
_BEREFT_PATIENCE = 5.0  # the same when the database was ours: it went with the supervisor, and nothing can be finished


@dataclass
class Part:
    """A child process. `run` is called in it; `patience` is the seconds it gets to finish when told to stop."""

    name: str
    run: Callable[[], None]
    patience: float = 12.0
    once: bool = False
    pid: int | None = None
    started: float = 0.0
    failures: int = 0
    due: float = 0.0


class Supervisor:
    """Keeps `parts` alive until told to stop; parts are stopped in their order, the database last."""

    def __init__(self, parts: list[Part], server: Server | None, say: Callable[[str], None]) -> None:
        self.parts = parts
        self.server = server
        self.say = say
        self._stops = 0
        self._lifeline, self._our_end = os.pipe()  # children read its end when we are gone
        self._wakeup, self._waker = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._waker, False)

    def run(self, tick: Callable[[], float | None]) -> None:
        """Run until SIGTERM, SIGINT or SIGHUP. `tick` is called between events; it returns the seconds until it
        wants to be called again, None for never."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._told_to_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        gc.collect()
        gc.freeze()  # keeps the shared pages shared
        try:
            again: float | None = 0.0
            while not self._stops:
                self._start_due()
                again = tick() if again is not None else None
                self._sleep(again)
                self._look_after_children()
                self._look_after_database()
        finally:
            self._stop_all()

    def _told_to_stop(self, *_: object) -> None:
        self._stops += 1

    def _sleep(self, again: float | None) -> None:
        dues = [part.due - time.monotonic() for part in self.parts if part.pid is None and part.due]
        pause = min([5.0, *([again] if again is not None else []), *dues])
        select.select([self._wakeup], [], [], max(0.0, pause))
        with suppress(BlockingIOError):
            os.read(self._wakeup, 4096)

    # Children

    def _start_due(self) -> None:
        for part in self.parts:
            if part.pid is None and part.due <= time.monotonic() and not (part.once and part.started):
                self._fork(part)

    def _fork(self, part: Part) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        arrange = end_with_parent(signal.SIGTERM)
        pid = os.fork()
        if pid == 0:
            self._be(part, arrange)
        part.pid, part.started, part.due = pid, time.monotonic(), 0.0

    def _be(self, part: Part, arrange: Callable[[], None] | None) -> None:
        """In the child: run the part and leave; never returns."""
        code = 1
        try:
            os.setsid()  # Ctrl-C is for the supervisor, which stops us in order
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            if arrange is not None:
                arrange()
                ctypes.CDLL(None).prctl(_PR_SET_NAME, f"hospes {part.name}".encode(), 0, 0, 0)
            for file in (self._our_end, self._wakeup, self._waker):
                os.close(file)
            patience = _BEREFT_PATIENCE if self.server is not None else _ORPHAN_PATIENCE
            threading.Thread(target=_leave_with, args=[self._lifeline, patience], daemon=True).start()
            part.run()
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except KeyboardInterrupt:
            code = 130
        except BaseException:
            traceback.print_exc()
        finally:
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _look_after_children(self) -> None:
        for part in self.parts:
            status = _ended(part)
            if status is None:
                continue
            if part.once:
                if status:
                    self.say(f"{part.name} failed ({_words(status)}).")
                continue
            lived = time.monotonic() - part.started
            part.failures = 1 if lived > _LONG_ENOUGH else part.failures + 1
            pause = min(_LONGEST_PAUSE, 0.2 * 2 ** (part.failures - 1)) if part.failures > 1 else 0.0
            part.due = time.monotonic() + pause
            if not self._stops:
                self.say(f"{part.name} ended ({_words(status)}); starting it again in {pause:.1f} s.")

    def _look_after_database(self) -> None:
        if self.server is None or self._stops or self.server.pid is not None:
            return
        self.say("The database ended; starting it again.")
        try:
            self.server.revive()
        except StartFailed as failure:
            self.say(str(failure))
            self._stops += 1

    # The end

    def _stop_all(self) -> None:
        for part in self.parts:
            if part.pid is not None:
                self._stop(part)
        if self.server is not None:
            self.server.stop()

    def _stop(self, part: Part) -> None:
        """Ask, wait, then make it end; a second signal to us shortens the wait."""
        assert part.pid is not None
        pid, deadline = part.pid, time.monotonic() + part.patience
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        while _ended(part) is None:
            if self._stops > 1 or time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            select.select([self._wakeup], [], [], 0.1)
            with suppress(BlockingIOError):
                os.read(self._wakeup, 4096)


def in_child(work: Callable[[], None]) -> bool:
    """Do something in a process of its own and wait for it; returns whether it went well.

    What it imports and the connections it opens do not weigh on the supervisor, nor on all that it forks.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _ended(part: Part) -> int | None:
    """Return the exit status if the part has ended (negative for a signal), None while it runs or never ran."""
    if part.pid is None:
        return None
    try:
        pid, status = os.waitpid(part.pid, os.WNOHANG)
    except ChildProcessError:
        pid, status = part.pid, 0
    if pid == 0:
        return None
    part.pid = None
    return os.waitstatus_to_exitcode(status)


def _words(status: int) -> str:
    if status >= 0:
        return f"exit code {status}"
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def _leave_with(lifeline: int, patience: float) -> None:
    """Wait for the supervisor's end, then leave: in good order if that works, in any case soon."""
    with suppress(OSError):
        os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(patience)
    os._exit(1)
