"""Rate limits counted in the database, so that they hold across processes and machines."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hospes.core.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit. `reset` is in seconds until the window ends."""

    limit: int
    remaining: int
    reset: int
    allowed: bool
    used: int = 0


def count(key: str, *, limit: int, seconds: int, now: datetime, times: int = 1) -> Allowance:
    """Count one use (or several) of `key` in the present window of `seconds` and tell what is left."""
    moment = int(now.timestamp())
    window = moment - moment % seconds
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO core_ratecounter (key, "window", count) VALUES (%s, %s, %s) ON CONFLICT (key, "window") '
            "DO UPDATE SET count = core_ratecounter.count + EXCLUDED.count RETURNING count",
            [key[:160], window, times],
        )
        row = cursor.fetchone()
    used = int(row[0]) if row else times
    return Allowance(
        limit=limit,
        remaining=max(0, limit - used),
        reset=window + seconds - moment,
        allowed=used <= limit,
        used=used,
    )


def require(key: str, *, limit: int, seconds: int, now: datetime) -> Allowance:
    """Like `count`, but raises RateLimited when the limit is used up."""
    allowance = count(key, limit=limit, seconds=seconds, now=now)
    if not allowance.allowed:
        raise RateLimited(retry_after=allowance.reset)
    return allowance


def used(key: str, *, seconds: int, now: datetime) -> int:
    """How often `key` was counted in the present window, without counting."""
    from hospes.core.models import RateCounter

    moment = int(now.timestamp())
    found = RateCounter.objects.filter(key=key[:160], window=moment - moment % seconds)
    return found.values_list("count", flat=True).first() or 0


def forget_old(*, now: datetime, older_than: int = 2 * 86400) -> int:
    """Delete counters of windows past by `older_than` seconds."""
    from hospes.core.models import RateCounter

    deleted, _ = RateCounter.objects.filter(window__lt=int(now.timestamp()) - older_than).delete()
    return deleted
