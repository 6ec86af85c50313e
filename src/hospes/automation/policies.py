"""Pure decisions of rules: which condition failed first, when a time rule is due, when rules go round in a circle."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from hospes.core.conditions import Condition, Facts, matches, span_of

MAX_STEPS: Final = 8  # rules one after another because of one thing that happened
MAX_A_TICKET: Final = 60  # rules on one ticket in an hour
MAX_MESSAGES_A_TICKET: Final = 3  # automatic messages on one ticket in an hour
MAX_MESSAGES_A_CUSTOMER: Final = 5
MAX_MESSAGES_A_RULE: Final = 500
SHORTEST: Final = timedelta(minutes=5)
LONGEST: Final = timedelta(days=31)
TIME_OF_DAY: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
# A rule may say by itself how many messages it sends in an hour, up to this.
MOST_MESSAGES_A_RULE: Final = 5_000


def first_miss(condition: Condition, facts: Facts, *, now: datetime, place: str = "conditions") -> str | None:
    """The place of the first condition that does not hold ("conditions.all.1"), None when all fits."""
    if "all" in condition:
        for number, part in enumerate(condition["all"]):
            missed = first_miss(part, facts, now=now, place=f"{place}.all.{number}")
            if missed is not None:
                return missed
        return None
    return None if matches(condition, facts, now=now) else place


def part_at(condition: Condition, place: str) -> Condition:
    """The part of a condition at a place that `first_miss` named; the whole one for a place that is no more."""
    part: Any = condition
    for step in place.split(".")[1:]:
        try:
            part = part[int(step)] if isinstance(part, list) else part[step]
        except (KeyError, IndexError, ValueError, TypeError):
            return condition
    return part if isinstance(part, Mapping) else condition


def why_stop(*, steps: int, lately: int) -> str:
    """ "depth" when too many rules ran one because of the other, "budget" when too many ran on one ticket in an hour,
    else ""."""
    if steps >= MAX_STEPS:
        return "depth"
    return "budget" if lately >= MAX_A_TICKET else ""


def wrong_schedule(schedule: Mapping[str, Any]) -> str:
    """The name of the part of a schedule that cannot be used, "" when all can."""
    if set(schedule) == {"every"}:
        try:
            return "" if SHORTEST <= span_of(schedule["every"]) <= LONGEST else "every"
        except ValueError:
            return "every"
    if set(schedule) - {"at", "days", "zone"} or not isinstance(schedule.get("at"), str):
        return "at"
    if TIME_OF_DAY.fullmatch(schedule["at"]) is None:
        return "at"
    days = schedule.get("days", [1])
    if not isinstance(days, list) or not days or any(day not in range(1, 8) or day is True for day in days):
        return "days"
    return "" if _zone(schedule.get("zone", "UTC")) else "zone"


def _zone(name: Any) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        return None


def next_run(schedule: Mapping[str, Any], *, after: datetime) -> datetime:
    """When a time rule is due next, later than `after`. On the day when clocks spring forward, a time of day that does
    not exist comes as much later as the clocks jumped; one that exists twice comes the first time."""
    if "every" in schedule:
        return after + span_of(schedule["every"])
    hour, minute = map(int, schedule["at"].split(":"))
    zone = _zone(schedule.get("zone", "UTC")) or ZoneInfo("UTC")
    days = schedule.get("days") or range(1, 8)
    local = after.astimezone(zone)
    for ahead in range(9):
        day = local.date() + timedelta(days=ahead)
        if day.isoweekday() not in days:
            continue
        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(after.tzinfo)
        if moment > after:
            return moment
    raise AssertionError("a week has every day")


def is_due(*, next_run_at: datetime | None, schedule: Mapping[str, Any], now: datetime) -> bool:
    """Whether a time rule is due: also when its time lies so far ahead that the clock must have jumped back."""
    if next_run_at is None or next_run_at <= now:
        return True
    usual = next_run(schedule, after=now)
    return next_run_at > usual + timedelta(days=1)


def chosen_text(texts: Mapping[str, str], languages: Sequence[str]) -> str:
    """The text in the first of these languages that there is, else in English, else any."""
    for language in (*languages, "en"):
        if texts.get(language, "").strip():
            return texts[language]
    return next((text for text in texts.values() if text.strip()), "")


def bytes_of_secret(secret: str) -> bytes:
    """The key of a Standard Webhooks secret ("whsec_" and base 64)."""
    import base64

    return base64.b64decode(secret.removeprefix("whsec_"))


def signature(secret: str, *, key: str, timestamp: int, body: bytes) -> str:
    """ "v1," and the HMAC-SHA-256 of id, timestamp and body in base 64 (Standard Webhooks)."""
    import base64
    import hashlib
    import hmac

    signed = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(bytes_of_secret(secret), signed, hashlib.sha256).digest()).decode()


def is_signed(signatures: str, secrets: Sequence[str], *, key: str, timestamp: int, body: bytes) -> bool:
    """Whether one of the given signatures is one of ours; all are compared, in constant time."""
    import hmac

    given = signatures.split()[:10]
    good = False
    for secret in secrets:
        wanted = signature(secret, key=key, timestamp=timestamp, body=body)
        for one in given:
            good |= hmac.compare_digest(one.encode(), wanted.encode())
    return good


# Waits after the first, second … try: ten tries over about 40 hours.
WAITS: Final = (5, 300, 1800, 7200, 18_000, 36_000, 36_000, 21_600, 21_600)
GIVE_UP_ON_WEBHOOK: Final = timedelta(days=5)
WINDOW: Final = timedelta(minutes=5)


def next_try(attempts: int, *, jitter: float, wait: int = 0) -> timedelta | None:
    """How long to wait after so many failed tries, None when it was the last. `jitter` is from 0.9 to 1.1; `wait` is
    what the other side asked for, in seconds."""
    if attempts > len(WAITS):
        return None
    return timedelta(seconds=max(WAITS[attempts - 1] * jitter, min(wait, 86_400)))
