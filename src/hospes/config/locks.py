"""A lock on a folder that dies with its holder, and says who that is."""

import errno
import fcntl
import os
import time
from pathlib import Path


class Held(Exception):
    """Somebody else works in this folder; `pid` is None when that cannot be told."""

    def __init__(self, path: Path, pid: int | None) -> None:
        super().__init__(f"{path} is held by process {pid}")
        self.path, self.pid = path, pid


class FileLock:
    """An advisory lock (flock): released by the kernel however the process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, *, timeout: float = 10.0) -> None:
        """Take the lock. Raises Held at once if its holder lives, or after `timeout` seconds if it was killed
        and what it started is still on its way out."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    os.close(file)
                    raise
            holder = self.holder()
            if (holder is not None and _alive(holder)) or time.monotonic() > deadline:
                os.close(file)
                raise Held(self.path, holder)
            time.sleep(0.05)
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def holder(self) -> int | None:
        """Return the number of the process that wrote itself into the lock last."""
        try:
            return int(self.path.read_text())
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
