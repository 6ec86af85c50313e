"""The ways to reach the company as everybody may know them: hours in the reader's time zone, what is promised, how long
one waits now, what does not work. Plain values, asked of the database once in some seconds.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.calls import phones
from hospes.calls.numbers import shown as shown_number
from hospes.channels.points import Point, icon_of, points, public_link
from hospes.core import clock
from hospes.incidents import queries as incidents
from hospes.portal import waits
from hospes.portal.company import company_name
from hospes.portal.waits import Wait
from hospes.sla import queries as sla
from hospes.sla.calculator import Calendar, next_change
from hospes.tickets.queries import portal as tickets
from hospes.tickets.ways import traits_of

FRESH_SECONDS: Final = 15
DAYS: Final = 7
_NUMBERS: Final = frozenset({"voice", "sms", "smpp", "whatsapp"})


def kept(language: str, zone: str) -> tuple[dict[str, Any], str]:
    """(all of it, its ETag) for a language and a time zone; asked anew after some seconds."""
    key = f"ways:{language}:{hashlib.sha256(zone.encode()).hexdigest()[:20]}"
    found: tuple[dict[str, Any], str] | None = cache.get(key)
    if found is None:
        with translation.override(language):
            listed = listing(language, zone, now=clock.now())
        told = json.dumps({**listed, "at": ""}, sort_keys=True, default=str)
        found = listed, f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'
        cache.set(key, found, FRESH_SECONDS)
    return found


def known_zone(name: str) -> str:
    """A time zone that there is; "" for all others: the company's own is shown then."""
    return name if name in clock.time_zones() else ""


def listing(language: str, zone: str, *, now: datetime) -> dict[str, Any]:
    """All ways, in one language and for one time zone (its name, or "" for that of the usual opening hours)."""
    listed = points(hidden=False)
    inboxes = [point.inbox for point in listed if point.inbox is not None]
    doors = waits.doors(inboxes, now=now)
    usual = sla.usual_calendar()
    zone = zone or (usual.zone if usual else settings.TIME_ZONE)
    promises = waits.promises(inboxes, now=now)
    found = []
    for point in listed:
        door = doors.get(point.inbox.pk) if point.inbox else None
        calendar = door.calendar if door else usual if point.inbox else None
        promise = promises.get(point.inbox.pk) if point.inbox else None
        found.append(_way(point, calendar, door, promise, language, ZoneInfo(zone), now))
    return {
        "company": company_name(),
        "language": language,
        "direction": "rtl" if language in settings.LANGUAGES_BIDI else "ltr",
        "zone": zone,
        "at": now.isoformat(timespec="seconds"),
        "incidents": _incidents(language),
        "ways": found,
        "actions": _actions(),
        "words": {
            "title": _("How to reach us"),
            "hours": _("Opening hours"),
            "free": _("Free of charge"),
            "zone": _("Times are in the time zone %(zone)s.") % {"zone": zone.replace("_", " ")},
            "status": _("State of the service"),
            "page": settings.PUBLIC_URL + reverse("portal:ways"),
        },
    }


def _way(
    point: Point,
    calendar: Calendar | None,
    door: waits.Door | None,
    promise: waits.Promise | None,
    language: str,
    zone: ZoneInfo,
    now: datetime,
) -> dict[str, Any]:
    kind, address = point.kind, point.address
    link = point.own.link or public_link(kind, address) or (door.link if door else "")
    if kind == "browser" and not link:
        link = settings.PUBLIC_URL + reverse("portal:call-begin")
    shown = point.shown_address
    is_open, state = _state(calendar, door, zone, now)
    live = door is not None and door.live
    return {
        "key": point.key,
        "kind": kind,
        "icon": icon_of(kind),
        "channel": str(traits_of(kind).label) if point.inbox else "",
        "name": point.name(language),
        "address": shown_number(shown) if kind in _NUMBERS and shown else shown,
        "link": link,
        "text": point.text(language),
        "free": point.own.free,
        "live": live,
        "open": is_open,
        "state": state,
        "hours": _hours(calendar, zone, now) if calendar else [],
        "promise": _promised(promise) if promise and not live else "",
        "wait": _waiting(door.wait, is_open) if door is not None and live else None,
    }


# Hours ------------------------------------------------------------------------------------------


def _stretches(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When somebody is there between two moments."""
    at = start
    while at < end:
        opened, change = next_change(calendar, at)
        until = min(change or end, end)
        if opened:
            yield at, until
        if change is None:
            return
        at = change


def _hours(calendar: Calendar, zone: ZoneInfo, now: datetime) -> list[dict[str, str]]:
    """The coming seven days in the reader's zone, neighbours with the same hours as one line."""
    today = now.astimezone(zone).date()
    midnight = datetime(today.year, today.month, today.day, tzinfo=zone)
    by_day: dict[date, list[str]] = {today + timedelta(days=n): [] for n in range(DAYS)}
    for opens, closes in _stretches(calendar, midnight, midnight + timedelta(days=DAYS)):
        for day, said in _by_days(opens.astimezone(zone), closes.astimezone(zone)):
            if day in by_day:
                by_day[day].append(said)
    lines: list[tuple[list[date], str]] = []
    for day, parts in by_day.items():
        said = ", ".join(parts) or _("closed")
        if lines and lines[-1][1] == said:
            lines[-1][0].append(day)
        else:
            lines.append(([day], said))
    return [{"days": _day_names(days), "times": said} for days, said in lines]


def _by_days(opens: datetime, closes: datetime) -> Iterator[tuple[date, str]]:
    """A stretch cut at the reader's midnights."""
    at = opens
    while at < closes:
        tomorrow = at.date() + timedelta(days=1)
        end = min(closes, datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=at.tzinfo))
        last = "24:00" if end.date() != at.date() else _time(end)
        whole = _time(at) == _time(datetime(2000, 1, 1)) and last == "24:00"  # noqa: DTZ001 - a time of day alone
        yield at.date(), _("around the clock") if whole else f"{_time(at)}–{last}"
        at = end


def _time(at: datetime) -> str:
    return formats.time_format(at.time(), "TIME_FORMAT")


def _day_names(days: Sequence[date]) -> str:
    first, last = formats.date_format(days[0], "D"), formats.date_format(days[-1], "D")
    if len(days) == DAYS:
        return _("every day")
    if len(days) == 1:
        return first
    comma = "،" if translation.get_language() == "fa" else ","
    return f"{first}{comma} {last}" if len(days) == 2 else f"{first} – {last}"


def _state(
    calendar: Calendar | None, door: waits.Door | None, zone: ZoneInfo, now: datetime
) -> tuple[bool | None, str]:
    """(whether somebody is there, in words); None where nobody has said when."""
    if calendar is None:
        if door is None or not door.live:
            return None, ""
        return (True, _("Open now")) if door.staffed else (False, _("Nobody is here just now"))
    opened, change = next_change(calendar, now)
    if opened and door is not None and door.live and not door.staffed:
        return False, _("Nobody is here just now")
    if change is None:
        return opened, _("Open around the clock") if opened else _("Closed")
    local = change.astimezone(zone)
    if opened:
        today = local.date() == now.astimezone(zone).date()
        when = _time(local) if today else f"{formats.date_format(local, 'D')} {_time(local)}"
        # Translators: a time, or a weekday and a time
        return True, _("Open until %(time)s") % {"time": when}
    if local - now > timedelta(days=6):
        when = f"{formats.date_format(local, 'SHORT_DATE_FORMAT')} {_time(local)}"
    elif local.date() == now.astimezone(zone).date():
        when = _time(local)
    else:
        when = f"{formats.date_format(local, 'D')} {_time(local)}"
    # Translators: a time, a weekday and a time, or a date and a time
    return False, _("Closed, opens %(time)s") % {"time": when}


# Promises and waits -------------------------------------------------------------------------------


def _promised(promise: waits.Promise) -> str:
    minutes = -(-promise.seconds // 60)
    hours, days = -(-minutes // 60), -(-minutes // 1440)
    if promise.business:
        if minutes < 60:
            return ngettext(
                "Answer within %(n)s minute of opening hours", "Answer within %(n)s minutes of opening hours", minutes
            ) % {"n": minutes}
        return ngettext(
            "Answer within %(n)s hour of opening hours", "Answer within %(n)s hours of opening hours", hours
        ) % {"n": hours}
    if minutes < 60:
        return ngettext("Answer within %(n)s minute", "Answer within %(n)s minutes", minutes) % {"n": minutes}
    if hours <= 48:
        return ngettext("Answer within %(n)s hour", "Answer within %(n)s hours", hours) % {"n": hours}
    return ngettext("Answer within %(n)s day", "Answer within %(n)s days", days) % {"n": days}


def _waiting(wait: Wait, is_open: bool | None) -> dict[str, Any] | None:
    if not is_open:
        return None
    if wait.seconds is None:
        return {"state": "unknown", "seconds": None, "words": _("The wait is not known just now")}
    if wait.seconds == 0:
        return {"state": "none", "seconds": 0, "words": _("No wait now")}
    minutes = max(1, round(wait.seconds / 60))
    words = ngettext("Wait of about %(n)s minute now", "Wait of about %(n)s minutes now", minutes)
    return {"state": "about", "seconds": wait.seconds, "words": words % {"n": minutes}}


# Around it ----------------------------------------------------------------------------------------


def _incidents(language: str) -> list[dict[str, str]]:
    place = settings.PUBLIC_URL
    return [
        {"title": one.title, "severity": one.severity, "link": place + reverse("portal:status-incident", args=[one.id])}
        for one in incidents.status_now(language).current
    ]


def _actions() -> list[dict[str, str]]:
    """Forms by which one can reach us without an address."""
    found = []
    if tickets.contact_inboxes():
        found.append({"kind": "contact", "icon": "message-square-text", "name": _("Write to us by a form"),
                      "link": settings.PUBLIC_URL + reverse("portal:contact")})  # fmt: skip
    if phones.phone_inbox() is not None:
        found.append({"kind": "callback", "icon": "phone", "name": _("Have us call you"),
                      "link": settings.PUBLIC_URL + reverse("portal:call-back")})  # fmt: skip
    return found
