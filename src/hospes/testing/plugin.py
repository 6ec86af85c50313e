"""Pytest plugin: gives every run a PostgreSQL, and every test process a ready database in a moment.

Without DATABASE_URL an embedded server is started for the run. Its data stays in .pytest_cache, so that the
migrated template database is made again only when a migration changed (remove .pytest_cache to force it).
"""

import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path

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
    """Tests that share something costly within their file run in one process, and what takes longest does not begin
    last: such files first, then the many, then the journeys (their installations would idle beside all others)."""
    sizes = Counter(item.path for item in items)
    for item in items:
        if _shares(item) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))

    def rank(item: pytest.Item) -> tuple[int, int]:
        together = item.get_closest_marker("xdist_group") is not None
        if "journeys" in item.path.parts:
            return (2, -sizes[item.path]) if together else (3, 0)
        return (0, 0) if together or (item.path.parent.name == "tests" and item.path.parents[1] == ROOT) else (1, 0)

    items.sort(key=rank)


def _shares(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that is made once for its file."""
    known = getattr(item, "_fixtureinfo", None)
    return known is not None and any(f.scope == "module" for found in known.name2fixturedefs.values() for f in found)


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
