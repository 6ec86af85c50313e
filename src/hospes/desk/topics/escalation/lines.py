"""What happened in escalation, work orders and swarms in words, for the timeline and the audit log."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hospes.desk.shapes.changes import Names
from hospes.desk.shapes.times import isolated, span
from hospes.desk.templatetags.desk import stamp
from hospes.desk.topics import Data, Line

Values = dict[str, Any]


def _why(data: Values) -> str:
    """Because of what a chain took a step; empty for somebody's own decision."""
    seconds = int(data.get("waited_seconds") or 0)
    waited = span(seconds, length="short") if seconds >= 60 else _("%(n)d s") % {"n": seconds}
    name = {"policy": isolated(str(data.get("policy", ""))), "step": data.get("step", 0), "time": waited}
    if data.get("reason") == "waited":
        return _("the customer waited %(time)s without an answer (%(policy)s, step %(step)s)") % name
    if data.get("reason") == "breach":
        return _("a service level was missed (%(policy)s, step %(step)s)") % name
    return ""


def _escalated(data: Values, names: Names) -> str:
    who = {"name": isolated(str(data.get("to_name", ""))), "tier": data.get("to_tier", ""), "why": _why(data)}
    if data.get("on_call"):
        if who["why"]:
            return _("called %(name)s, who is on call: %(why)s") % who
        return _("called %(name)s, who is on call") % who
    if who["why"]:
        return _("escalated it to tier %(tier)s, %(name)s: %(why)s") % who
    return _("escalated it to tier %(tier)s, %(name)s") % who


def _given_back(data: Values, names: Names) -> str:
    who = {"name": isolated(str(data.get("to_name", ""))), "tier": data.get("to_tier", "")}
    return _("gave it back to tier %(tier)s, %(name)s") % who


def _skipped(data: Values, names: Names) -> str:
    name = {"policy": isolated(str(data.get("policy", ""))), "step": data.get("step", 0), "tier": data.get("tier", 0)}
    if data.get("why") == "nobody-on-call":
        return _("found nobody on call who was not asked yet (%(policy)s, step %(step)s)") % name
    return _("found no team of tier %(tier)s (%(policy)s, step %(step)s)") % name


def _agent(data: Values, names: Names, key: str = "agent_id") -> str:
    value = str(data.get(key) or "")
    return isolated(names.agents.get(value, _("somebody")))


def _taken(data: Values, names: Names) -> str:
    return _("took it; the escalation stops")


def _offered(data: Values, names: Names) -> str:
    return _("asked %(name)s to become responsible") % {"name": _agent(data, names, "to_agent_id")}


def _declined(data: Values, names: Names) -> str:
    if data.get("withdrawn"):
        return _("took back the question who becomes responsible")
    return _("declined to become responsible")


def _order(words: Callable[[], str]) -> Line:
    def line(data: Values, names: Names) -> str:
        return words() % _about(data)

    return line


def _about(data: Data) -> dict[str, str]:
    number = str(data.get("number", ""))
    return {
        "order": isolated(f"W-{number[:3]}-{number[3:]} “{data.get('label', '')}”"),
        "to": isolated(str(data.get("to_name", ""))),
        "by": isolated(str(data.get("by_name", ""))),
        "when": _when(data),
    }


def _when(data: Data) -> str:
    try:
        at = datetime.fromisoformat(str(data.get("due_at")))
    except ValueError:
        return ""
    return stamp(at) if timezone.is_aware(at) else ""


def _order_opened(data: Values, names: Names) -> str:
    if data.get("again"):
        return _("sent the work order %(order)s back to %(to)s, due %(when)s") % _about(data)
    return _("opened the work order %(order)s for %(to)s, due %(when)s") % _about(data)


def _order_answered(data: Values, names: Names) -> str:
    if data.get("declined"):
        return _("the work order %(order)s was declined by %(by)s") % _about(data)
    if data.get("late"):
        return _("the work order %(order)s was answered by %(by)s, late") % _about(data)
    return _("the work order %(order)s was answered by %(by)s") % _about(data)


def _order_closed(data: Values, names: Names) -> str:
    if data.get("cancelled"):
        return _("called off the work order %(order)s") % _about(data)
    return _("closed the work order %(order)s") % _about(data)


def _order_late(data: Values, names: Names) -> str:
    if int(data.get("step") or 0) >= 3:
        return _("the work order %(order)s is still not answered; those on call were told") % _about(data)
    return _("the work order %(order)s is late; its owner and the lead were told") % _about(data)


def _swarm_started(data: Values, names: Names) -> str:
    count = int(data.get("invited") or 0)
    words = ngettext("called %(n)d expert to help", "called %(n)d experts to help", count)
    return words % {"n": count} if count else _("asked for experts")


def _swarm_invited(data: Values, names: Names) -> str:
    name = {"name": _agent(data, names), "skill": isolated(str(data.get("skill", "")))}
    if data.get("skill"):
        return _("called %(name)s, who knows %(skill)s") % name
    return _("called %(name)s") % name


def _swarm_ended(data: Values, names: Names) -> str:
    took = {"time": span(int(data.get("seconds") or 0), length="short")}
    if data.get("solved"):
        return _("closed the swarm: solved after %(time)s") % took
    return _("closed the swarm without a solution after %(time)s") % took


TIMELINE: Final[dict[str, Line]] = {
    "TicketEscalated": _escalated,
    "TicketDeescalated": _given_back,
    "EscalationSkipped": _skipped,
    "EscalationTaken": _taken,
    "ResponsibilityOffered": _offered,
    "ResponsibilityDeclined": _declined,
    "WorkOrderOpened": _order_opened,
    "WorkOrderAccepted": _order(lambda: _("the work order %(order)s was accepted by %(by)s")),
    "WorkOrderAnswered": _order_answered,
    "WorkOrderClosed": _order_closed,
    "WorkOrderDueChanged": _order(lambda: _("the work order %(order)s is due %(when)s now")),
    "WorkOrderDueSoon": _order(lambda: _("the work order %(order)s is due soon: %(when)s")),
    "WorkOrderOverdue": _order_late,
    "SwarmStarted": _swarm_started,
    "SwarmInvited": _swarm_invited,
    "SwarmJoined": lambda data, names: _("joined the swarm"),
    "SwarmLeft": lambda data, names: _("left the swarm"),
    "SwarmNoteAdded": lambda data, names: _("wrote in the swarm’s room"),
    "SwarmEnded": _swarm_ended,
    "SolutionReused": lambda data, names: _("used the solution of another case"),
}


def _article(data: Data) -> str:
    name = {"title": isolated(f"“{data.get('label', '')}”")}
    words = {
        "created": _("drafted the article %(title)s"),
        "published": _("published the article %(title)s"),
        "archived": _("put away the article %(title)s"),
        "drafted": _("took the article %(title)s back for more work"),
    }
    return words.get(str(data.get("what")), _("changed the article %(title)s")) % name


def _set_up(data: Data) -> str:
    name = {"name": isolated(f"“{data.get('label', '')}”")}
    words = {
        "created": _("made the escalation %(name)s"),
        "archived": _("put away the escalation %(name)s"),
        "moved": _("changed the order of escalations"),
        "told": _("lets customers know about hand-overs: %(name)s"),
        "not-told": _("no longer lets customers know about hand-overs: %(name)s"),
    }
    return words.get(str(data.get("what")), _("changed the escalation %(name)s")) % name


AUDIT: Final[dict[str, Callable[[Data], str]]] = {"ArticleChanged": _article, "EscalationSetUp": _set_up}
