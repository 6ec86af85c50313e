"""Runs inside django-helpdesk's environment: takes mail in, lists, shows and creates; prints its rates as JSON.

Where a choice is ours it is made in its favour: no mail templates are loaded, so it composes no acknowledgements; of its
two lists (the desk's table and REST) the faster one counts.
"""

import base64
import json
import logging
import os
import statistics
import sys
import time
from importlib.metadata import version
from typing import Any

from benchmarks.http import request
from benchmarks.mail import MAILS, RUNS, mail
from benchmarks.report import rates

APPS = [
    "auth", "contenttypes", "sessions", "sites", "messages", "staticfiles", "humanize", "admin",
]  # fmt: skip
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
PROCESSORS = ["django.contrib.auth.context_processors.auth", "django.template.context_processors.request",
              "django.contrib.messages.context_processors.messages"]  # fmt: skip


def set_up() -> None:
    """Django with django-helpdesk as its documentation says, without what it calls optional."""
    import django
    from django.conf import settings

    found = json.loads(os.environ["PEER_DATABASE"])
    database = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600}
    for name, ours in (
        ("dbname", "NAME"),
        ("user", "USER"),
        ("password", "PASSWORD"),
        ("host", "HOST"),
        ("port", "PORT"),
    ):
        database[ours] = found.get(name) or ""
    settings.configure(
        SECRET_KEY="only for this measurement",
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": database},
        INSTALLED_APPS=[*(f"django.contrib.{name}" for name in APPS), "rest_framework", "helpdesk"],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                    "OPTIONS": {"context_processors": PROCESSORS}}],
        ROOT_URLCONF="benchmarks.peer_script",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        STATIC_URL="/static/",
        MEDIA_ROOT="media",
        SITE_ID=1,
        USE_TZ=True,
        LOGIN_URL="/login/",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_ACTIVATE_API_ENDPOINT=True,
        LOGGING_CONFIG=None,
    )  # fmt: skip
    django.setup()
    logging.disable(logging.CRITICAL)


def mail_in(queue: Any) -> float:
    """Mails a second through its own function for one mail."""
    from helpdesk.email import extract_email_metadata

    log = logging.getLogger("peer")
    found = []
    for run in range(RUNS):
        mails = [mail(n, f"run{run}").decode() for n in range(MAILS)]
        start = time.perf_counter()
        for text in mails:
            extract_email_metadata(text, queue, log)
        found.append(MAILS / (time.perf_counter() - start))
    return statistics.median(found)


def fill(queue: Any, have: int, want: int) -> None:
    """Tickets with one message each, one in ten of them open as in our table."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone
    from helpdesk.models import FollowUp, Ticket

    now = timezone.now()
    for start in range(have, want, 2500):
        made = Ticket.objects.bulk_create(
            Ticket(
                title=f"Subject number {n}", queue=queue, description="Words of a message", priority=1 + n % 4,
                submitter_email=f"c{n % 1000}@customer.example", created=now - timedelta(seconds=n),
                modified=now - timedelta(seconds=n), status=1 if n % 10 == 0 else 4,
            )
            for n in range(start, min(start + 2500, want))
        )  # fmt: skip
        FollowUp.objects.bulk_create(
            FollowUp(ticket=t, date=t.created, title="Mail", comment="Words of a message", public=True) for t in made
        )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def signed_in() -> dict[str, str]:
    """Headers of a staff member's session, good for writes too."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
    from django.contrib.sessions.backends.db import SessionStore

    user = get_user_model().objects.create_superuser("bench", "bench@demo.example", "only for this measurement")
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    token = "a" * 32
    return {"cookie": f"sessionid={session.session_key}; csrftoken={token}", "x_csrftoken": token}


def lists(application: Any, who: dict[str, str], size: int) -> dict[str, float]:
    """Rates of its table of open tickets and of its REST list, fifty rows each."""
    wanted = {"filtering": {"status__in": [1]}, "filtering_null": {}, "sorting": "created", "sortreverse": True,
              "search_string": ""}  # fmt: skip
    key = base64.b64encode(json.dumps(wanted).encode()).decode()

    def table() -> None:
        body = json.loads(
            request(application, f"/datatables_ticket_list/{key}", query="length=50&start=0&draw=1", **who)
        )
        assert len(body["data"]) == 50, len(body["data"])

    def rest() -> None:
        body = json.loads(request(application, "/api/tickets/", query="page_size=50&status=1", **who))
        assert len(body["results"]) == 50, len(body["results"])

    first, second = rates(table, rest)
    return {f"table {size}": first, f"rest {size}": second, f"list {size}": max(first, second)}


def screen(application: Any, who: dict[str, str], queue: Any) -> float:
    """A ticket with thirty messages."""
    from django.utils import timezone
    from helpdesk.models import FollowUp, Ticket

    ticket = Ticket.objects.create(title="Thirty", queue=queue, description="Words of a ticket. " * 20, status=1)
    for n in range(29):
        FollowUp.objects.create(
            ticket=ticket, date=timezone.now(), title="Note", comment=f"Words of message {n}. " * 20, public=False
        )
    [found] = rates(lambda: request(application, f"/tickets/{ticket.pk}/", **who))
    return found


def create(application: Any, who: dict[str, str], queue: Any) -> float:
    """POST to its REST API."""
    body = json.dumps({
        "queue": queue.pk, "title": "Made by API", "description": "Words of a ticket. " * 20, "priority": 3,
        "submitter_email": "api@customer.example",
    }).encode()  # fmt: skip
    [found] = rates(lambda: request(application, "/api/tickets/", method="POST", body=body, **who))
    return found


def main() -> None:
    """All of it, the small table first."""
    set_up()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path

    urlpatterns[:] = [path("", include("helpdesk.urls", namespace="helpdesk"))]
    sys.modules["benchmarks.peer_script"] = sys.modules[__name__]
    call_command("migrate", verbosity=0)
    from helpdesk.models import Queue

    queue = Queue.objects.create(
        title="Bench", slug="bench", email_address="support@demo.example", allow_email_submission=True
    )
    application, who = get_wsgi_application(), signed_in()
    found: dict[str, Any] = {"version": version("django-helpdesk")}
    have = 0
    for size in map(int, sys.argv[1:]):
        fill(queue, have, size)
        have = size
        found |= lists(application, who, size)
        if "mail" not in found:
            found["screen"] = screen(application, who, queue)
            found["create"] = create(application, who, queue)
            found["mail"] = mail_in(queue)
    print(json.dumps(found))


urlpatterns: list[Any] = []

if __name__ == "__main__":
    main()
