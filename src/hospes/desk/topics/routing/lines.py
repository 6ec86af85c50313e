"""What happened on the way to the owner in words, for the timeline and the audit log."""

import json
from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated, span
from hospes.desk.topics import Data, Line
from hospes.desk.topics.routing.words import sentence


def _why(data: Data) -> str:
    try:
        kept = json.loads(str(data.get("why") or "{}"))
        return sentence(kept.get("facts", []))
    except (ValueError, AttributeError):
        return ""


def _who(data: Data, names: Names) -> str:
    return isolated(names.agents.get(str(data.get("agent_id")), "") or _("somebody"))


def _queued(data: dict[str, Any], names: Names) -> str:
    return _("put it into the queue %(name)s") % {"name": isolated(str(data.get("queue", "")))}


def _routed(data: dict[str, Any], names: Names) -> str:
    values = {"name": _who(data, names), "why": _why(data)}
    if data.get("how") == "accepted":
        return _("gave it to %(name)s, who took the offer") % values
    return _("gave it to %(name)s: %(why)s") % values if values["why"] else _("gave it to %(name)s") % values


def _offered(data: dict[str, Any], names: Names) -> str:
    values = {"name": _who(data, names), "why": _why(data)}
    return _("offered it to %(name)s: %(why)s") % values if values["why"] else _("offered it to %(name)s") % values


def _offer_ended(data: dict[str, Any], names: Names) -> str:
    words = {
        "declined": _("%(name)s left it to others"),
        "expired": _("%(name)s did not answer the offer"),
    }.get(str(data.get("how")), _("withdrew the offer to %(name)s"))
    return words % {"name": _who(data, names)}


def _taken_back(data: dict[str, Any], names: Names) -> str:
    words = {
        "away": _("took it back from %(name)s, away for %(time)s while the customer waits"),
        "absent": _("took it back from %(name)s, who is out of office"),
    }.get(str(data.get("because")), _("took it back from %(name)s, who no longer works here"))
    seconds = data.get("seconds")
    time = span(max(60, seconds if isinstance(seconds, int) else 0), length="short")
    return words % {"name": _who(data, names), "time": time}


def _overflowed(data: dict[str, Any], names: Names) -> str:
    seconds = data.get("after_seconds")
    time = span(seconds if isinstance(seconds, int) else 0, length="short")
    values = {"name": isolated(str(data.get("to", ""))), "time": time}
    if data.get("to_queue_id"):
        return _("moved it to the queue %(name)s after %(time)s of waiting") % values
    return _("offers it to the team %(name)s too after %(time)s of waiting") % values


def _waits(data: dict[str, Any], names: Names) -> str:
    why = _why(data)
    return _("found nobody yet: %(why)s") % {"why": why} if why else _("found nobody yet")


TIMELINE: Final[dict[str, Line]] = {
    "TicketQueued": _queued,
    "TicketRouted": _routed,
    "TicketOffered": _offered,
    "OfferEnded": _offer_ended,
    "TicketTakenBack": _taken_back,
    "TicketOverflowed": _overflowed,
    "TicketWaits": _waits,
}


def _queue_changed(data: Data) -> str:
    words = {
        "created": _("made the queue %(name)s"),
        "changed": _("changed the queue %(name)s"),
        "archived": _("put away the queue %(name)s"),
        "moved": _("changed the order of the queues"),
        "imported": _("read queues from a file"),
    }.get(str(data.get("what")), _("changed the queue %(name)s"))
    return words % {"name": isolated(str(data.get("label", "")))}


AUDIT: Final[dict[str, Callable[[Data], str]]] = {"QueueChanged": _queue_changed}
