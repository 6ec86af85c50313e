"""Threads that come when all others are busy and leave when they have had nothing to do for a while.

The standard library's executor hands work to the thread that has rested longest, and none ever leaves: of thirty
queues that are looked at every second, each would keep a thread and a database connection for good. Here the thread
that worked last is taken first, so that a few do nearly all, and the rest give their connections back.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

_Work = tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]
_Box = SimpleQueue["_Work | None"]  # where one thread finds its next work; None sends it home


class Threads:
    """Runs calls at once, however many. A thread leaves after `patience` seconds of rest, with `farewell` as its last
    act. Leaving the `with` block waits for the calls in hand."""

    def __init__(self, name: str, *, patience: float, farewell: Callable[[], None]) -> None:
        self._name, self._patience, self._farewell = name, patience, farewell
        self._lock = threading.Lock()
        self._resting: list[_Box] = []  # the last to come to rest is the first to work again
        self._alive: set[threading.Thread] = set()
        self._closed = False

    def submit(self, call: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a thread make the call; RuntimeError after the end of the `with` block."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"No more work for the threads of {self._name}")
            box = self._resting.pop() if self._resting else self._hire()
            box.put((future, call, arguments))
        return future

    def __enter__(self) -> "Threads":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            alive = list(self._alive)
            while self._resting:
                self._resting.pop().put(None)
        for thread in alive:
            thread.join()

    def __len__(self) -> int:
        return len(self._alive)

    def _hire(self) -> _Box:
        box: _Box = SimpleQueue()
        thread = threading.Thread(target=self._live, args=[box], name=self._name)
        self._alive.add(thread)
        thread.start()
        return box

    def _live(self, box: _Box) -> None:
        try:
            while work := self._next(box):
                future, call, arguments = work
                tell = _outcome(future, call, arguments) if future.set_running_or_notify_cancel() else None
                self._rest(box)  # before the outcome is told: whoever waits for it finds this thread free
                if tell:
                    tell()
        finally:
            try:
                self._farewell()
            finally:
                with self._lock:
                    self._alive.discard(threading.current_thread())

    def _rest(self, box: _Box) -> None:
        with self._lock:
            if self._closed:
                box.put(None)
            else:
                self._resting.append(box)

    def _next(self, box: _Box) -> "_Work | None":
        try:
            return box.get(timeout=self._patience)
        except Empty:
            with self._lock:
                if box in self._resting:
                    self._resting.remove(box)
                    return None
            return box.get()  # somebody took us out in this very moment: the work is there


def _outcome(future: Future[Any], call: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[[], None]:
    try:
        result = call(*arguments)
    except BaseException as fault:
        wrong = fault
        return lambda: future.set_exception(wrong)
    return lambda: future.set_result(result)
