"""What happened in calls and call-backs in words, for the timeline and the audit log."""

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hospes.calls.models import Call
from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated, span
from hospes.desk.topics import Data, Line

Values = dict[str, Any]


def _length(data: Data) -> str:
    seconds = int(data.get("seconds") or 0)
    return span(seconds, length="short") if seconds >= 60 else _("%(n)d s") % {"n": seconds}


def _who(data: Data, names: Names) -> str:
    agent = names.agents.get(str(data.get("agent_id") or ""), "")
    return isolated(agent or str(data.get("who") or "") or _("somebody"))


def _started(data: Values, names: Names) -> str:
    if data.get("direction") == "out":
        return _("began a call")
    return _("called by video") if data.get("medium") == "video" else pgettext("timeline", "called")


def _rang(data: Values, names: Names) -> str:
    if data.get("kind") == "customer":
        return ""
    return _("%(name)s was rung") % {"name": _who(data, names)}


def _missed(data: Values, names: Names) -> str:
    words = {
        "declined": _("%(name)s declined the call"),
        "busy": _("%(name)s was on another call"),
        "withdrawn": "",
        "failed": _("%(name)s could not be rung"),
        "machine": _("an answering machine answered"),
    }
    line = words.get(str(data.get("why")), _("%(name)s did not answer the call"))
    return line % {"name": _who(data, names)} if line else ""


def _answered(data: Values, names: Names) -> str:
    waited = {"name": _who(data, names), "time": _length({"seconds": data.get("waited_seconds")})}
    return _("%(name)s answered the call after %(time)s") % waited


def _joined(data: Values, names: Names) -> str:
    return _("%(name)s came into the call") % {"name": _who(data, names)}


def _left(data: Values, names: Names) -> str:
    return _("%(name)s left the call") % {"name": _who(data, names)}


def _moved(data: Values, names: Names) -> str:
    return _("handed the call to %(name)s") % {"name": _who(data, names)}


def _ended(data: Values, names: Names) -> str:
    if data.get("answered"):
        return _("the call ended after %(time)s") % {"time": _length(data)}
    if data.get("voicemail"):
        return _("the call ended with a message")
    return _("the call was missed") if data.get("direction") == "in" else _("the call was not answered")


def _noted(data: Values, names: Names) -> str:
    words = str(data.get("words") or "")
    return _("wrote down the call: “%(words)s”") % {"words": isolated(words)} if words else _("wrote down the call")


def _link(data: Values, names: Names) -> str:
    if data.get("kind") == "expert":
        return _("made a link for %(name)s to come into the call") % {"name": _who(data, names)}
    return _("made a link to a video call") if data.get("medium") == "video" else _("made a link to a call")


def _consent(data: Values, names: Names) -> str:
    if data.get("asked"):
        return _("asked whether the call may be recorded")
    return _("allowed recording") if data.get("yes") else _("did not allow recording")


def _recording(data: Values, names: Names) -> str:
    return _("began to record") if data.get("on") else _("stopped recording")


def _ready(data: Values, names: Names) -> str:
    if data.get("kind") == "voicemail":
        return _("a voicemail of %(time)s was left") % {"time": _length(data)}
    return _("the recording of %(time)s can be heard") % {"time": _length(data)}


def _refused(data: Values, names: Names) -> str:
    # Translators: words are those of the phone provider
    return _("the phone provider refused: %(words)s") % {"words": isolated(str(data.get("words") or ""))}


def _same(words: Callable[[], str]) -> Line:
    def line(data: Values, names: Names) -> str:
        return words()

    return line


TIMELINE: Final[dict[str, Line]] = {
    "CallStarted": _started,
    "CallQueued": _same(lambda: ""),
    "CallRang": _rang,
    "CallMissed": _missed,
    "CallAnswered": _answered,
    "CallJoined": _joined,
    "AgentOnLine": lambda data, names: _("%(who)s answered") % {"who": _who(data, names)},
    "CallHeld": _same(lambda: ""),
    "CallResumed": _same(lambda: ""),
    "CallLeft": _left,
    "CallMoved": _moved,
    "CallEnded": _ended,
    "CallNoted": _noted,
    "CallLinkMade": _link,
    "CallConsent": _consent,
    "CallRecording": _recording,
    "CallOrderFailed": _refused,
    "CallPicture": _same(lambda: _("kept a picture from the call")),
    "RecordingReady": _ready,
    "RecordingFailed": _same(lambda: _("the recording could not be kept")),
    "TranscriptReady": _same(lambda: _("what was said in the call can be read")),
    "TranscriptFailed": _same(lambda: _("what was said in the call could not be written down")),
}
# The timeline keeps quiet about these; the audit log says them.
AUDIT: Final[dict[str, Callable[[Data], str]]] = {
    "CallQueued": lambda _data: str(Call.State.QUEUED.label),
    "CallHeld": lambda _data: str(Call.State.HELD.label),
    "CallResumed": lambda _data: str(Call.State.TALKING.label),
}
