"""`hospes check`: is this installation in order? Each check returns "" for yes, or what is wrong and what to do.

A new check is one function and one line in CHECKS.
"""

import os
import uuid
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection

from hospes.channels import checks as channel_checks
from hospes.config import migrations
from hospes.config.setup_key import setup_address
from hospes.core import outbox

OLDEST_POSTGRES = 150000


def configuration() -> str:
    """The settings that every installation needs."""
    if not os.environ.get("HOSPES_SECRET_KEY"):
        return "No secret key: set HOSPES_SECRET_KEY to 50 random characters, the same on every machine."
    if settings.DEBUG:
        return "HOSPES_DEBUG is on: it shows secrets to strangers. Unset it."
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme not in {"http", "https"} or not address.hostname:
        return f"HOSPES_URL is {settings.PUBLIC_URL!r}: write it as https://help.example.com"
    return ""


def database() -> str:
    """The server answers, is new enough, and keeps text as UTF-8."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_encoding')")
        version, encoding = cursor.fetchone()
    if version < OLDEST_POSTGRES:
        return f"PostgreSQL {version // 10000} is too old: 15 or newer is needed."
    if encoding != "UTF8":
        return f"The database keeps text as {encoding}: make it anew with ENCODING 'UTF8'."
    waiting = migrations.pending()
    return f"{len(waiting)} migrations are missing, the first is {waiting[0]}: run hospes migrate." if waiting else ""


def jobs() -> str:
    """Somebody works, and nothing was given up."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),"
            " (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'),"
            " (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
            "  AND coalesce(scheduled_at, now() - interval '1 hour') < now() - interval '2 minutes')"
        )
        failed, workers, late = cursor.fetchone()
    if late and not workers:
        return f"{late} jobs wait and no worker runs: start hospes up, or hospes worker."
    if failed:
        return f"{failed} jobs failed for good: see hospes admin procrastinate shell."
    stuck = outbox.given_up().count()
    if stuck:
        return f"{stuck} events never reached a listener: see the log for 'Subscriber … failed'."
    return ""


def mail() -> list[tuple[str, str]]:
    """Each part of mail, in and out: (name, what to do about it or nothing)."""
    return [(name, "" if well else words) for name, well, words in channel_checks.checks()]


def storage() -> str:
    """Files can be written, read and removed."""
    content = uuid.uuid4().bytes
    try:
        name = default_storage.save(f"check-{uuid.uuid4().hex}", ContentFile(content))
        with default_storage.open(name) as stored:
            same = stored.read() == content
        default_storage.delete(name)
    except Exception as error:  # each storage fails in its own way; the person needs its words
        return f"Files cannot be stored ({error}): see HOSPES_DATA, or HOSPES_S3_BUCKET and its key."
    return "" if same else "Stored files come back changed."


CHECKS: list[tuple[str, Callable[[], str]]] = [
    ("configuration", configuration),
    ("database", database),
    ("jobs", jobs),
    ("storage", storage),
]


def run() -> bool:
    """Print one line for each check and return whether all is well."""
    found: list[tuple[str, str]] = []
    for name, check in CHECKS:
        try:
            found.append((name, check()))
        except Exception as error:  # a check that cannot even be made is a trouble like any other
            found.append((name, f"{type(error).__name__}: {error}".strip()))
    try:
        found += mail()
    except DatabaseError:
        found.append(("mail", "It cannot be looked at without the database."))
    well = not any(trouble for _name, trouble in found)
    width = max(len(name) for name, _trouble in found) + 2
    for name, trouble in found:
        print(f"{name:<{width}} {trouble or 'OK'}")
    with suppress(DatabaseError):
        if address := setup_address():
            print(f"{'set-up':<14} Nobody is here yet: open {address}")
    return well
