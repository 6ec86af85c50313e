"""Threads that come when needed and leave when not: what the worker's queues run in."""

import threading
from concurrent.futures import Future, wait
from queue import SimpleQueue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hospes.config.threads import Threads

LONG = 60.0  # seconds: no thread leaves while a test runs


def nothing() -> None:
    pass


def test_calls_that_do_not_wait_for_each_other_share_one_thread():
    with Threads("queue", patience=LONG, farewell=nothing) as threads:
        seen = {threads.submit(threading.get_ident).result(timeout=30) for _ in range(50)}
        assert len(seen) == len(threads) == 1


def test_however_many_are_busy_the_next_call_is_made_at_once():
    held = threading.Event()
    with Threads("queue", patience=LONG, farewell=nothing) as threads:
        busy = [threads.submit(held.wait) for _ in range(40)]
        assert threads.submit(lambda: "at once").result(timeout=30) == "at once"
        held.set()
        assert all(future.result(timeout=30) for future in busy)


def test_the_thread_that_worked_last_works_next():
    doors: list[SimpleQueue[int]] = [SimpleQueue() for _ in range(3)]

    def through(door: SimpleQueue[int]) -> int:
        door.get()
        return threading.get_ident()

    with Threads("queue", patience=LONG, farewell=nothing) as threads:
        futures: list[Future[int]] = [threads.submit(through, door) for door in doors]
        for door, future in zip(doors, futures, strict=True):
            door.put(1)
            last = future.result(timeout=30)
        assert threads.submit(threading.get_ident).result(timeout=30) == last


def test_who_has_nothing_to_do_leaves_and_says_farewell():
    left: SimpleQueue[int] = SimpleQueue()
    with Threads("queue", patience=0.01, farewell=lambda: left.put(threading.get_ident())) as threads:
        worked = threads.submit(threading.get_ident).result(timeout=30)
        assert left.get(timeout=30) == worked
        assert threads.submit(lambda: "somebody comes again").result(timeout=30) == "somebody comes again"
    assert len(threads) == 0


def test_a_fault_reaches_whoever_asked_and_nobody_else():
    with Threads("queue", patience=LONG, farewell=nothing) as threads:
        with pytest.raises(ZeroDivisionError):
            threads.submit(lambda: 1 / 0).result(timeout=30)
        assert threads.submit(lambda: 1).result(timeout=30) == 1


def test_the_end_waits_for_what_is_in_hand_and_takes_nothing_new():
    held, said = threading.Event(), []
    with Threads("queue", patience=LONG, farewell=lambda: said.append("farewell")) as threads:
        future = threads.submit(held.wait)
        threading.Timer(0.05, held.set).start()
    assert future.done()
    assert future.result() is True
    assert said == ["farewell"]
    with pytest.raises(RuntimeError, match="No more work"):
        threads.submit(nothing)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.sampled_from([0.0001, 0.0005, 0.002]))
def test_every_call_is_made_once_however_threads_come_and_go(bursts, patience):
    made: SimpleQueue[int] = SimpleQueue()
    with Threads("queue", patience=patience, farewell=nothing) as threads:
        count = 0
        for size in bursts:
            futures = [threads.submit(made.put, number) for number in range(count, count + size)]
            count += size
            assert not wait(futures, timeout=30).not_done
    assert sorted(made.get() for _ in range(made.qsize())) == list(range(count))
