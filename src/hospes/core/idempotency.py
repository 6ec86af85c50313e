"""Answers kept for a day or more, so that a write that is sent twice is done once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hospes.core.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Kept:
    """The answer once given under a key, and what was asked."""

    fingerprint: str
    status: int
    body: bytes


def find(owner: str, key: str) -> Kept | None:
    """What was answered under this key, if anything."""
    row = IdempotencyKey.objects.filter(owner=owner, key=key).first()
    if row is None or row.status is None:
        return None
    return Kept(row.fingerprint, row.status, bytes(row.body or b""))


def alone(owner: str, key: str) -> bool:
    """Whether nobody else works under this key; held until the running transaction ends, also if the process dies."""
    digest = hashlib.sha256(f"{owner}\0{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
        row = cursor.fetchone()
    return bool(row and row[0])


def keep(owner: str, key: str, kept: Kept, *, now: datetime) -> None:
    """Keep an answer in the running transaction; the first one kept stays."""
    IdempotencyKey.objects.bulk_create(
        [
            IdempotencyKey(
                owner=owner, key=key, fingerprint=kept.fingerprint, status=kept.status, body=kept.body, created_at=now
            )
        ],
        ignore_conflicts=True,
    )
