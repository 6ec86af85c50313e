"""Pytest plugin: gives every run a PostgreSQL, and every test process a ready database in a moment.

Without DATABASE_URL an embedded server is started for the run. Its data stays in .pytest_cache, so that the
migrated template database is made again only when a migration changed (remove .pytest_cache to force it).
"""

import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hospes.config.locks import Held
from hospes.config.postgres import Server, Tuning
from hospes.testing import databases

ROOT = Path(__file__).parents[3]
_TUNING = Tuning(shared_buffers="64MB", durable=False)
_running: list[Server] = []
_temporary: list[tempfile.TemporaryDirectory[str]] = []


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Have an address in DATABASE_URL before Django's settings are read; xdist's workers inherit it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[databases.SESSION] = secrets.token_hex(3)
        os.environ[databases.KEEP] = ""
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = _start(early_config.rootpath / ".pytest_cache" / "postgres")
    try:
        return (yield)
    except BaseException:
        _stop()
        raise


def pytest_configure(config: pytest.Config) -> None:
    """Put our database set-up in front of pytest-django's; whichever registers last wins."""
    config.pluginmanager.register(databases, "hospes-databases")
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["hospes.testing.hashing.QuickArgon2PasswordHasher", *settings.PASSWORD_HASHERS]
    _look_for_static_files_once()
    databases.empty_what_is_full()


def _look_for_static_files_once() -> None:
    """Each test client builds the middleware anew, and WhiteNoise then reads every static file's size and date."""
    from django.conf import settings
    from whitenoise.middleware import WhiteNoiseMiddleware

    look, known = WhiteNoiseMiddleware.add_files_from_finders, {}

    def look_once(middleware: WhiteNoiseMiddleware) -> None:
        where = (settings.STATIC_URL, tuple(settings.STATICFILES_DIRS), middleware.max_age)
        if where not in known:
            before = middleware.files
            middleware.files = {}
            look(middleware)
            known[where], middleware.files = middleware.files, before
        middleware.files.update(known[where])

    WhiteNoiseMiddleware.add_files_from_finders = look_once


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest does not begin last: files that share something costly first, then the many, then the
    journeys (their installations would idle beside all others), again those first that share something."""
    sizes = Counter(item.path for item in items)

    def rank(item: pytest.Item) -> tuple[int, int]:
        together = _shares(item.path)
        if "journeys" in item.path.parts:
            return (2, -sizes[item.path]) if together else (3, 0)
        return (0, 0) if together or item.path.parent == ROOT / "tests" else (1, 0)

    items.sort(key=rank)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of a file that makes something once for all of them run in one process; every other test in any.

    xdist's own groups (`xdist_group`) are without effect since pytest 9 gives tests their names in another way.
    """
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if _shares(config.rootpath / file) else nodeid

    return Scheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


@cache
def _shares(file: Path) -> bool:
    """Whether a file has a fixture that is made once for all of its tests."""
    return file.is_file() and 'scope="module"' in file.read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What a process remembers for some seconds (names, counts) is of another test's people."""
    from django.core.cache import cache

    cache.clear()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind but the embedded server's own folder."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    if not _running:
        databases.drop_leftovers(os.environ["DATABASE_URL"], os.environ[databases.SESSION])
    _stop()


def _stop() -> None:
    while _running:
        _running.pop().stop()
        del os.environ["DATABASE_URL"]
    while _temporary:
        _temporary.pop().cleanup()


def _start(folder: Path) -> str:
    server = Server(folder, _TUNING)
    try:
        address = server.start()
        os.environ[databases.KEEP] = "1"
        databases.drop_leftovers(address)
    except Held:  # another run is going on: it keeps the folder, we take a fresh one
        _temporary.append(tempfile.TemporaryDirectory(prefix="hospes-tests-"))
        server = Server(Path(_temporary[-1].name), _TUNING)
        address = server.start()
    _running.append(server)
    return address
