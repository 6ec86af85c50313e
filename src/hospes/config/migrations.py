"""Whether the tables are up to date, told cheaply; and bringing them there, one machine at a time."""

import os
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path

import psycopg

from hospes.config.quick_states import quick_states

_LOCK = 0x405BE6  # any number that nobody else locks


def pending() -> list[str]:
    """Return the migrations that are on disk but not in the database, by name.

    Compares names alone: Django's own check imports and orders every migration, ten times slower.
    """
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        known = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
        if not known or known[0] is None:
            return sorted(f"{app}.{name}" for app, name in _on_disk())
        applied = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    return sorted(f"{app}.{name}" for app, name in _on_disk() - {(app, name) for app, name in applied})


def migrate(verbosity: int = 0) -> None:
    """Bring the tables up to date; several machines may call this at once.

    Only where there are none yet is it done in the quick way: then nobody's data are there to be harmed.
    """
    from django.core.management import call_command
    from django.db import connections

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        known = guard.execute("SELECT to_regclass('django_migrations')").fetchone()
        with quick_states() if known is None or known[0] is None else nullcontext():
            call_command("migrate", verbosity=verbosity, interactive=False)
    connections.close_all()


def _on_disk() -> set[tuple[str, str]]:
    from django.apps import apps

    found = set()
    for app in apps.get_app_configs():
        try:
            package = find_spec(f"{app.name}.migrations")
        except ModuleNotFoundError:
            continue
        for folder in (package and package.submodule_search_locations) or []:
            found |= {(app.label, path.stem) for path in Path(folder).glob("[0-9]*.py")}
    return found
