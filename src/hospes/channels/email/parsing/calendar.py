"""A readable line for an invitation, for mails that hold nothing else (RFC 5545)."""

import re

_PROPERTY = re.compile(
    r"^(SUMMARY|DTSTART|DTEND|LOCATION|ORGANIZER|DESCRIPTION)((?:;[^:\n]{0,200})?):(.{0,2000})$", re.M
)


def summary_of(ics: str) -> str:
    """Title, time, place and text of the first event, one a line."""
    unfolded = re.sub(r"\r?\n[ \t]", "", ics[:200_000])
    start = unfolded.find("BEGIN:VEVENT")
    found: dict[str, str] = {}
    for match in _PROPERTY.finditer(unfolded, max(start, 0)):
        found.setdefault(match[1], _unescape(match[3].strip()))
    when = " – ".join(_moment(found[name]) for name in ("DTSTART", "DTEND") if name in found)
    lines = [found.get("SUMMARY", ""), when, found.get("LOCATION", ""), found.get("DESCRIPTION", "")]
    return "\n".join(line for line in lines if line).strip()


def _unescape(value: str) -> str:
    return value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")


def _moment(value: str) -> str:
    found = re.match(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value)
    if not found:
        return value
    time = f" {found[4]}:{found[5]}{' UTC' if found[6] else ''}" if found[4] else ""
    return f"{found[1]}-{found[2]}-{found[3]}{time}"
