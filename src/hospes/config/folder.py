"""The data folder: database, files, secret key; and how every command finds the database that belongs to it."""

import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from hospes.config.locks import FileLock, Held
from hospes.config.postgres import Server, StartFailed, Tuning


class Refused(Exception):
    """A command cannot do its work; the text says why and what to do."""


def default_folder() -> Path:
    """`var` in a checkout, the user's data folder for an installed package."""
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").exists() and (checkout / "src" / "hospes").is_dir():
        return checkout / "var"
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "hospes"


class Folder:
    """A data folder, made ready for use: HOSPES_DATA and HOSPES_SECRET_KEY are set for Django's settings."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = (path or Path(os.environ.get("HOSPES_DATA") or default_folder())).expanduser().absolute()
        self.lock = FileLock(self.path / "lock")

    def prepare(self) -> None:
        """Make what is missing. Raises Refused if the folder cannot be used by this user."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("files", "static"):
                (self.path / name).mkdir(mode=0o700, exist_ok=True)
            key = self._secret_key()
        except OSError as error:
            raise Refused(
                f"The data folder {self.path} cannot be used: {error.strerror}. "
                "Choose another one with --data or HOSPES_DATA, or run as the user that owns it."
            ) from error
        os.environ["HOSPES_DATA"] = str(self.path)
        os.environ.setdefault("HOSPES_SECRET_KEY", key)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospes.config.settings")

    def claim(self) -> None:
        """Become the one Hospes that runs on this folder. Raises Refused if there is one already."""
        try:
            self.lock.acquire(timeout=30)  # parts of a killed run may still be finishing
        except Held as held:
            raise Refused(
                f"Hospes already runs on {self.path} (process {held.pid or 'unknown'}). "
                "Stop it first, or start this one on another folder with --data or HOSPES_DATA."
            ) from held

    def server(self) -> Server:
        """The embedded database of this folder, not started."""
        buffers = os.environ.get("HOSPES_DB_BUFFERS") or Tuning.shared_buffers
        return Server(self.path / "postgres", Tuning(shared_buffers=buffers))

    def _secret_key(self) -> str:
        path = self.path / "secret-key"
        with suppress(FileExistsError):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w") as fresh:
                fresh.write(secrets.token_urlsafe(48))
                fresh.flush()
                os.fsync(fresh.fileno())
        return path.read_text().strip()


@contextmanager
def database(folder: Folder) -> Iterator[None]:
    """Have an address in DATABASE_URL: the given one, the running Hospes's, or a server started for the duration."""
    folder.prepare()
    if os.environ.get("DATABASE_URL"):
        yield
        return
    server = folder.server()
    try:
        os.environ["DATABASE_URL"] = server.start()
    except Held:
        os.environ["DATABASE_URL"] = _running(server)
        yield
        return
    except StartFailed as failure:
        raise Refused(str(failure)) from failure
    try:
        yield
    finally:
        _close_connections()
        server.stop()


def _running(server: Server, patience: float = 30.0) -> str:
    """Return the address of a server that another process started, once it answers."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError, psycopg.OperationalError):
            address = server.address_file.read_text().strip()
            psycopg.connect(address, connect_timeout=5).close()
            return address
        time.sleep(0.1)
    raise Refused(f"Another process holds the database in {server.folder}, but it does not answer.")


def _close_connections() -> None:
    if "django.db" in sys.modules:
        from django.db import connections

        with suppress(Exception):
            connections.close_all()
