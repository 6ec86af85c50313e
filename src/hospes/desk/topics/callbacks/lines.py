"""What happened to call-backs in words, for the timeline and the audit log."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from hospes.calls.numbers import shown
from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data, Line

Values = dict[str, Any]


def moment(text: Any) -> str:
    """A kept moment in the reader's zone; "" for none."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return formats.date_format(timezone.localtime(at), "j M H:i")


def _requested(data: Values, names: Names) -> str:
    values = {
        "number": isolated(shown(str(data.get("number", "")))),
        "since": isolated(moment(data.get("wanted_from"))),
        "until": isolated(moment(data.get("promised_at"))),
    }
    return _("asked to be called back at %(number)s, from %(since)s, promised by %(until)s") % values


def _rescheduled(data: Values, names: Names) -> str:
    return _("moved the call back to %(since)s") % {"since": isolated(moment(data.get("wanted_from")))}


def _cancelled(data: Values, names: Names) -> str:
    return _("cancelled the call back")


def _tried(data: Values, names: Names) -> str:
    again = {"time": isolated(moment(data.get("next_try_at")))}
    if data.get("why") == "customer":
        return _("called the customer, who did not answer; again at %(time)s") % again
    return _("found nobody to make the call back; again at %(time)s") % again


def _done(data: Values, names: Names) -> str:
    return _("reached the customer, later than promised") if data.get("late") else _("reached the customer")


def _given_up(data: Values, names: Names) -> str:
    if data.get("words") == "told":
        return _("did not reach the customer and wrote to them instead")
    return _("did not reach the customer; there is no other way to tell them")


TIMELINE: Final[dict[str, Line]] = {
    "CallbackRequested": _requested,
    "CallbackRescheduled": _rescheduled,
    "CallbackCancelled": _cancelled,
    "CallbackTried": _tried,
    "CallbackDone": _done,
    "CallbackGivenUp": _given_up,
}


def _set_up(data: Data) -> str:
    return _("changed how the phone of %(name)s answers") % {"name": isolated(str(data.get("label", "")))}


AUDIT: Final[dict[str, Callable[[Data], str]]] = {"PhoneSetUp": _set_up}
