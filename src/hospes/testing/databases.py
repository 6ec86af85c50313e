"""A database for each test process, copied from one that was migrated once."""

import hashlib
import importlib
import os
import pkgutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

SESSION = "HOSPES_TEST_SESSION"  # told to xdist's workers: names that belong to this run
KEEP = "HOSPES_TEST_KEEP_TEMPLATE"
_WRITTEN_ONCE = {"django_content_type", "auth_permission"}  # by migrations, and by nobody since
_LOCK = 0x405BE5  # any number that nobody else locks


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, worker_id) -> Generator[None]:
    """Replace pytest-django's: the migrated template is copied instead of migrating in each process."""
    from django.conf import settings
    from django.db import connection

    session = os.environ[SESSION]
    with django_db_blocker.unblock():
        base = connection.settings_dict["NAME"]
        name = f"test_hospes_{session}_{worker_id}"
        _copy(_template(), name)
        _use(name)
    yield
    with django_db_blocker.unblock():
        _use(base)
        settings.DATABASES["default"]["NAME"] = base
        with administration() as server:
            server.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


@pytest.fixture(scope="session")
def worker_id() -> str:
    """The name of this test process; xdist's own fixture is not there without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


@contextmanager
def administration(address: str | None = None) -> Iterator[psycopg.Connection]:
    """A connection to the server that stands outside of every test database."""
    with psycopg.connect(address or os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as server:
        yield server


def empty_what_is_full() -> None:
    """After a test that committed, empty the tables that hold something; Django empties all, which takes far longer."""
    from django.db import connections
    from django.test import TransactionTestCase

    cases: Any = TransactionTestCase  # what we replace is Django's own business, and so it has no types
    django_empties = cases._fixture_teardown

    def leave_nothing(case: Any) -> None:
        names = case._databases_names(include_mirrors=False)
        if case.available_apps is not None or not all(_is_ours(connections[name]) for name in names):
            django_empties(case)
            return
        for name in names:
            _empty(connections[name])

    cases._fixture_teardown = leave_nothing


def _is_ours(connection: Any) -> bool:
    """Whether we may switch off the checks between tables while we empty them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')::boolean")
        return bool(cursor.fetchone()[0])


def _empty(connection: Any) -> None:
    from django.db import transaction

    from hospes.tickets.apps import add_statuses

    tables = set(connection.introspection.django_table_names()) - _WRITTEN_ONCE
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # As TRUNCATE does, wait for whoever still writes.
        locked = sql.SQL(", ").join(sql.Identifier(name) for name in sorted(tables))
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(locked))
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0")
        full = sorted(tables & {name for (name,) in cursor.fetchall()})
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in full:
            cursor.execute(_statement("DELETE FROM {}", name))
    add_statuses()


def drop_leftovers(address: str, session: str = "") -> None:
    """Remove the databases of a run (of every run, without `session`) that ended before it could."""
    with administration(address) as server:
        found = server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_hospes_%'").fetchall()
        for (name,) in found:
            if session in name and not name.startswith("test_hospes_template"):
                server.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
        if session:
            server.execute(_statement("DROP DATABASE IF EXISTS {}", _session_template(session)))


def _template() -> str:
    """Return the name of a migrated database, made by the first process that asks."""
    name = f"test_hospes_template_{_fingerprint()}" if os.environ[KEEP] else _session_template(os.environ[SESSION])
    with administration() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        known = [row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()]
        if name in known:
            return name
        if os.environ[KEEP]:
            for old in known:
                if old.startswith("test_hospes_template"):
                    server.execute(_statement("DROP DATABASE {} WITH (FORCE)", old))
        unfinished = f"{name}_new"
        server.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished))
        server.execute(_statement("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", unfinished))
        _migrate(unfinished)
        server.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name))
        )
    return name


def _migrate(name: str) -> None:
    from django.core.management import call_command

    from hospes.config.quick_states import quick_states

    _use(name)
    with quick_states():
        call_command("migrate", verbosity=0, interactive=False)
    _use(name)  # leave no connection open: a database in use can be neither renamed nor copied


def _use(name: str) -> None:
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def _copy(template: str, name: str) -> None:
    with administration() as server:
        server.execute(_statement("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def _session_template(session: str) -> str:
    return f"test_hospes_template_{session}"


def _fingerprint() -> str:
    """Return a short name for all migrations of all apps, as they are now."""
    from django.apps import apps

    digest = hashlib.sha256()
    for app in apps.get_app_configs():
        try:
            package = importlib.import_module(f"{app.name}.migrations")
        except ModuleNotFoundError:
            continue
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
            path = Path(package.__path__[0], f"{module.name}.py")
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _statement(text: str, name: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(name))
