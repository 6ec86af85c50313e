"""The ways to answer as the composer shows them: each with its reason, its limits, and what helps when it is shut."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.customers.models import ContactPoint, Customer
from hospes.desk.shapes.times import isolated
from hospes.tickets.models import Ticket
from hospes.tickets.queries.ways import Way
from hospes.tickets.ways import channel_icon, channel_label, known

Shown = dict[str, Any]


def ways_shown(ticket: Ticket, found: Sequence[Way], *, now: datetime) -> list[Shown]:
    """Every way as plain values for the script, best first."""
    person = ticket.customer.merged_into if ticket.customer.merged_into_id else ticket.customer
    assert person is not None
    inboxes = {way.inbox.pk: way.inbox.kind for way in found}
    several = {kind for kind in inboxes.values() if list(inboxes.values()).count(kind) > 1}
    return [_shown(way, person, now, named=way.inbox.kind in several) for way in found]


def _shown(way: Way, person: Customer, now: datetime, *, named: bool) -> Shown:
    traits = way.traits
    return {
        "key": f"{way.inbox.pk}:{way.mode}",
        "via": way.inbox.pk,
        "mode": way.mode,
        "kind": way.inbox.kind,
        "icon": traits.icon,
        "label": label_of(way),
        "inbox": way.inbox.name if named else "",
        "address": shown_address(way),
        "why": reason(way, person),
        "shut": shut_words(way, person),
        "usable": way.usable,
        "open": way.open and not way.stopped and not way.spent,
        "until": way.free_until.isoformat() if way.free_until and way.open else "",
        "until_words": _until(way.free_until, now) if way.free_until and way.open else "",
        **_limits(traits),
    }


def _limits(traits: Any) -> Mapping[str, Any]:
    return {
        "rich": traits.rich,
        "subject": traits.subject,
        "copies": traits.copies,
        "live": traits.live,
        "typing_lasts": traits.typing_lasts,
        "characters": traits.characters,
        "counted": traits.counted,
        "files": traits.files,
        "file_bytes": traits.file_bytes,
        "file_types": list(traits.file_types),
        "buttons": traits.buttons,
        "templates": traits.templates,
    }


def label_of(way: Way) -> str:
    """The channel, and whether everybody can read the answer."""
    label = str(way.traits.label)
    if way.mode == "public":
        # Translators: a way to answer a comment on a social network; the channel is “Instagram” …
        return _("%(channel)s, in public") % {"channel": label}
    if way.mode == "private":
        # Translators: a way to answer a comment on a social network; the channel is “Instagram” …
        return _("%(channel)s, to them alone") % {"channel": label}
    return label


def shown_address(way: Way) -> str:
    """An address as people read it; a handle is a number that only machines read, so the name stands for it."""
    if way.traits.identity == "handle":
        return way.name
    return way.address


def first_name(person: Customer) -> str:
    """What to call them in a short line."""
    return isolated(person.name.split()[0]) if person.name.strip() else ""


def reason(way: Way, person: Customer) -> str:
    """Why this way is offered, in a few words."""
    values = {"name": first_name(person), "channel": str(way.traits.label)}
    if way.why == "asked":
        return _preference(person, values)
    if way.why == "latest":
        if not values["name"]:
            return _("They wrote by %(channel)s last") % values
        return _("%(name)s wrote by %(channel)s last") % values
    if way.why == "used":
        if not values["name"]:
            return _("They wrote by %(channel)s before") % values
        return _("%(name)s wrote by %(channel)s before") % values
    return _("A known address") if not values["name"] else _("An address of %(name)s") % values


def _preference(person: Customer, values: Mapping[str, str]) -> str:
    known, name = person.preferred_by, values["name"]
    if known == "learned":
        answers = _("%(name)s answers mostly by %(channel)s") if name else _("They answer mostly by %(channel)s")
        return answers % values
    if known == "customer":
        return (_("%(name)s asked for %(channel)s") if name else _("They asked for %(channel)s")) % values
    return (_("%(name)s prefers %(channel)s") if name else _("They prefer %(channel)s")) % values


def shut_words(way: Way, person: Customer) -> str:
    """Why nothing, or a template alone, can be sent, and what helps; "" for an open way."""
    name = first_name(person) or _("the customer")
    if way.stopped:
        return _("Asked for no more messages here")
    if way.spent:
        return _("Answered privately once already; possible again when they write back")
    if way.open:
        return ""
    window = way.traits.window if way.mode != "private" or way.last_at is None else way.traits.private_window
    time = length_of(window)
    if way.last_at is None:
        return _("Begins with a template") if way.traits.templates else _("Opens when %(name)s writes") % {"name": name}
    if way.traits.templates:
        # Translators: the time is “24 hours” or “7 days”
        return _("The time for free answers (%(time)s) is over: send a template") % {"time": time}
    # Translators: the time is “24 hours” or “7 days”
    words = _("The time for answers (%(time)s) is over; it opens again when %(name)s writes")
    return words % {"time": time, "name": name}


def length_of(window: timedelta | None) -> str:
    """In the reader's words: a day is said in hours, as providers do, a week in days."""
    hours = int(window.total_seconds() // 3600) if window else 0
    if hours > 48:
        return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def _until(moment: datetime, now: datetime) -> str:
    here, today = timezone.localtime(moment), timezone.localtime(now)
    style = "TIME_FORMAT" if here.date() == today.date() else "SHORT_DATETIME_FORMAT"
    return _("Free answers until %(when)s") % {"when": formats.date_format(here, style)}


def points_shown(points: Sequence[ContactPoint]) -> list[Shown]:
    """Ways to reach somebody for reading: a number of a messenger's says nothing, its channel does."""
    shown = []
    for point in points:
        kind = point.value.partition(":")[0] if point.kind == "handle" else ""
        icon = {"email": "mail", "phone": "phone"}.get(point.kind) or (channel_icon(kind) if known(kind) else "at-sign")
        label = channel_label(kind) if known(kind) else ""
        shown.append({"point": point, "icon": icon, "label": label or point.value, "verified": point.verified_at})
    return shown
