"""What happened to presence and plans in words, for the timeline and the audit log."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import Data
from hospes.staff.models import PresenceState

_WHY: Final[dict[str, Promise]] = {
    "chosen": gettext_lazy("chosen by hand"),
    "activity": gettext_lazy("works at the desk"),
    "idle": gettext_lazy("nothing done for a while"),
    "desk-opened": gettext_lazy("opened the desk"),
    "desk-closed": gettext_lazy("closed the desk"),
    "ran-out": gettext_lazy("the chosen time is over"),
    "absence": gettext_lazy("out of office"),
}
# Translators: of plans in the audit log; who did it stands before.
_SHIFTS: Final[dict[str, Promise]] = {
    "added": gettext_lazy("planned shifts"),
    "changed": gettext_lazy("changed a shift"),
    "removed": gettext_lazy("took a shift out of the plan"),
}
_ABSENCES: Final[dict[str, Promise]] = {
    "added": gettext_lazy("entered an absence"),
    "changed": gettext_lazy("changed an absence"),
    "removed": gettext_lazy("removed an absence"),
}
_DUTIES: Final[dict[str, Promise]] = {
    "added": gettext_lazy("put somebody on call"),
    "changed": gettext_lazy("changed who is on call"),
    "removed": gettext_lazy("took somebody off the on-call roster"),
}
_NAMED: Final[dict[str, dict[str, Promise]]] = {
    "skill": {
        "created": gettext_lazy("made the skill %(name)s"),
        "changed": gettext_lazy("changed the skill %(name)s"),
        "archived": gettext_lazy("put away the skill %(name)s"),
    },
    "line": {
        "created": pgettext_lazy("line of business", "made the line %(name)s"),
        "changed": pgettext_lazy("line of business", "changed the line %(name)s"),
        "archived": pgettext_lazy("line of business", "put away the line %(name)s"),
    },
}


def state_word(value: object) -> str:
    """A state of presence in the reader's language."""
    return str(PresenceState(value).label) if value in PresenceState.values else str(value)


def _presence(data: Data) -> str:
    words = {"state": state_word(data.get("after")), "why": str(_WHY.get(str(data.get("why")), ""))}
    return _("is now %(state)s: %(why)s") % words if words["why"] else _("is now %(state)s") % words


def _channel(data: Data) -> str:
    name = {"channel": data.get("channel", "")}
    return _("takes %(channel)s again") % name if data.get("on") else _("takes no more %(channel)s") % name


def _named(kind: str, data: Data) -> str:
    words = _NAMED[kind].get(str(data.get("what")), _NAMED[kind]["changed"])
    return str(words) % {"name": isolated(f"“{data.get(f'{kind}_name', '')}”")}


def _called(data: dict[str, Any], names: Names) -> str:
    return _("called %(name)s") % {"name": names.agents.get(str(data.get("agent_id")), _("a colleague"))}


TIMELINE = {"AgentCalled": _called}
AUDIT = {
    "PresenceChanged": _presence,
    "ChannelPresenceChanged": _channel,
    "AbsenceStarted": lambda d: _("is out of office from now on"),
    "AbsenceEnded": lambda d: _("is back in the office"),
    "SkillsChanged": lambda d: _("set skills: %(skills)s") % {"skills": isolated(d.get("skills", "") or "–")},
    "LanguagesChanged": lambda d: _("set languages: %(languages)s") % {"languages": d.get("languages", "") or "–"},
    "CapacityChanged": lambda d: (
        _("changed the capacity from %(before)s to %(after)s") % {"before": d.get("before"), "after": d.get("after")}
    ),
    "ChannelLoadChanged": lambda d: (
        _("set the weight of %(channel)s to %(weight)s") % {"channel": d.get("channel"), "weight": d.get("weight")}
    ),
    "PhoneChanged": lambda d: _("changed the phone number for being on call"),
    "ShiftsChanged": lambda d: str(_SHIFTS.get(str(d.get("what")), _SHIFTS["changed"])),
    "AbsenceChanged": lambda d: str(_ABSENCES.get(str(d.get("what")), _ABSENCES["changed"])),
    "OnCallChanged": lambda d: str(_DUTIES.get(str(d.get("what")), _DUTIES["changed"])),
    "SkillChanged": lambda d: _named("skill", d),
    "LineChanged": lambda d: _named("line", d),
}
