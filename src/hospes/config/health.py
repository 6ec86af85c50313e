"""Whether the process lives (/healthz) and whether it can do its work (/readyz)."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and the job tables are there; 503 with the reason otherwise."""
    parts: dict[str, str] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            parts["database"] = "ok"
            cursor.execute(
                "SELECT to_regclass('procrastinate_jobs') IS NOT NULL, to_regclass('core_event') IS NOT NULL"
            )
            row = cursor.fetchone()
            parts["jobs"] = "ok" if row and row[0] else "tables missing: run hospes migrate"
            parts["tables"] = "ok" if row and row[1] else "tables missing: run hospes migrate"
    except DatabaseError:
        parts["database"] = "not reachable"
    ready = all(value == "ok" for value in parts.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **parts}, status=200 if ready else 503)
