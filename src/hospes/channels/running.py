"""What channels keep running beside the mail listener: mailboxes that are watched, bots that are asked for news."""

from importlib import import_module
from typing import Protocol

from hospes.channels.registry import RUNNERS


class Runner(Protocol):
    """Something that runs in the background of the mail process, in threads of its own, on as many machines as there
    are: it sees to it itself that an inbox is read by one of them at a time."""

    def start(self) -> None:
        """Begin, in the background."""
        ...

    def stop(self) -> None:
        """End within a few seconds; what was not stored yet is fetched again."""
        ...


class Running:
    """All of them together."""

    def __init__(self) -> None:
        self._runners: list[Runner] = [_made(where) for where in RUNNERS]

    def start(self) -> None:
        """Begin."""
        for runner in self._runners:
            runner.start()

    def stop(self) -> None:
        """End, one after the other."""
        for runner in self._runners:
            runner.stop()


def _made(where: str) -> Runner:
    module, _dot, name = where.rpartition(".")
    runner: Runner = getattr(import_module(module), name)()
    return runner
