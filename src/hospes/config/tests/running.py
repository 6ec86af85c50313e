"""Starts `hospes up` as people do and looks at it from outside."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

PATIENCE = 60.0


class Running:
    """One `hospes up` on a data folder; `with` it is up when the block begins and gone after it."""

    def __init__(self, data: Path, *, runner: tuple[str, ...] = (), python: str = sys.executable, **variables: str):
        self.data = data
        self.port, self.smtp_port = free_port(), free_port()
        self.said = tempfile.TemporaryFile()  # noqa: SIM115 - a pipe that nobody reads would hold up who fills it
        command = [*runner, python, "-m", "hospes.config.cli", "up"]
        self.process = subprocess.Popen(
            command,
            env=environment(data, HOSPES_PORT=str(self.port), HOSPES_SMTP_PORT=str(self.smtp_port), **variables),
            cwd="/",
            stdout=self.said,
            stderr=subprocess.STDOUT,
        )
        self.everything: list[psutil.Process] = []

    def __enter__(self) -> "Running":
        try:
            wait_until(lambda: self.answers() or self.process.poll() is not None)
            assert self.process.poll() is None, self.printed()
        except BaseException:
            self.__exit__()
            raise
        me = psutil.Process(self.process.pid)
        self.everything = [me, *me.children(recursive=True)]
        return self

    def __exit__(self, *failure: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.said.close()

    def answers(self) -> bool:
        """Whether /readyz says yes."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def part(self, name: str, *, other_than: int = 0) -> psutil.Process:
        """The child process that is `name`, as soon as there is one with another number than `other_than`."""
        found: list[psutil.Process] = []

        def look() -> bool:
            for child in psutil.Process(self.process.pid).children():
                with suppress(FileNotFoundError):
                    if Path(f"/proc/{child.pid}/comm").read_text().strip() == name and child.pid != other_than:
                        found.append(child)
            return bool(found)

        wait_until(look)
        return found[0]

    def stop(self, number: int = signal.SIGTERM) -> str:
        """Send a signal, wait for the end, and return all that was printed."""
        self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        return self.printed()

    def printed(self) -> str:
        """All that was printed so far."""
        return os.pread(self.said.fileno(), 10**8, 0).decode(errors="replace")

    def left(self) -> list[psutil.Process]:
        """Processes of this run that still live."""
        return [one for one in self.everything if _lives(one)]

    def sql(self, statement: str) -> list[tuple]:
        """Run a statement in the running database."""
        address = (self.data / "postgres" / "address").read_text()
        with psycopg.connect(address, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []


def _lives(one: psutil.Process) -> bool:
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


def environment(data: Path, **variables: str) -> dict[str, str]:
    """The environment of a fresh shell: nothing of this test run's database or settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOSPES_", "DATABASE_URL"))}
    source = str(Path(__file__).resolve().parents[3])
    return kept | {"HOSPES_DATA": str(data), "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"} | variables


def hospes(data: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "hospes.config.cli", *arguments],
        env=environment(data, **variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(happened: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something to become true; fail if it does not."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
