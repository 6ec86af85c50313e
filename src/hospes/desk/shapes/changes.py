"""What happened on a ticket in words: one line for each event that is worth one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from hospes.core.models import EventRow
from hospes.desk.shapes.times import isolated
from hospes.desk.topics import topics
from hospes.tickets.models import Priority, TicketType
from hospes.tickets.models.setup import Category


@dataclass(frozen=True, slots=True)
class Names:
    """What ids in events are called."""

    agents: dict[str, str] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)


def _status(value: str, names: Names) -> str:
    if value in names.statuses:
        return names.statuses[value]
    return str(Category(value).label) if value in Category.values else value


def _priority(value: str) -> str:
    return str(Priority(int(value)).label) if value.isdigit() and int(value) in Priority.values else value


def _type(value: str) -> str:
    return str(TicketType(value).label) if value in TicketType.values else value


def _language(value: str) -> str:
    try:
        return str(get_language_info(value)["name_translated"])
    except KeyError:
        return value


def _changed(data: dict[str, Any], names: Names) -> str:
    what, before, after = str(data.get("field", "")), str(data.get("before", "")), str(data.get("after", ""))
    if what == "assignee":
        who = names.agents.get(after, after)
        return _("gave it to %(name)s") % {"name": who} if after else _("took the owner off")
    if what == "team":
        team = names.teams.get(after, after)
        return _("moved it to the team %(name)s") % {"name": team} if after else _("took the team off")
    if what == "responsible":
        who = names.agents.get(after, after)
        return _("made %(name)s responsible") % {"name": who} if after else _("made nobody responsible")
    if what == "tier":
        return _("set the tier to %(name)s") % {"name": after}
    if what == "status":
        return _("set the status to %(name)s") % {"name": _status(after, names)}
    if what == "priority":
        return _("set the priority to %(name)s") % {"name": _priority(after)}
    if what == "type":
        return _("set the type to %(name)s") % {"name": _type(after)} if after else _("took the type off")
    if what == "subject":
        return _("changed the subject to “%(name)s”") % {"name": isolated(after)}
    if what == "tags":
        return _("changed the tags to %(names)s") % {"names": isolated(after)} if after else _("took all tags off")
    if what == "snoozed_until":
        return _("snoozed it") if after else _("ended the snooze")
    if what == "language":
        return _("set the language to %(name)s") % {"name": _language(after)} if after else _("took the language off")
    if what == "spam":
        return _("marked it as spam") if after in ("True", "true", "1", "yes") else _("said that it is not spam")
    return _("changed %(field)s from %(before)s to %(after)s") % {"field": what, "before": before, "after": after}


_OTHERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "TicketCreated": lambda data: _("opened the ticket") if data.get("channel") in ("desk", "api") else "",
    "TicketReopened": lambda data: _("reopened it"),
    "TicketMerged": lambda data: _("merged it into #%(number)s") % {"number": data.get("into_number", "")},
    "TicketUnmerged": lambda data: _("undid a merge"),
    "TicketSplit": lambda data: _("split off #%(number)s") % {"number": data.get("new_number", "")},
    "TicketLinked": lambda data: _("linked it with #%(number)s") % {"number": data.get("other_number", "")},
    "TicketUnlinked": lambda data: _("took a link off"),
    "ParticipantJoined": lambda data: _("added %(address)s") % {"address": data.get("address", "")},
    "ParticipantRemoved": lambda data: _("removed %(address)s") % {"address": data.get("address", "")},
    "ReplyWithdrawn": lambda data: _("took a reply back before it was sent"),
}


def line_of(row: EventRow, names: Names) -> str:
    """The words after the actor's name, or an empty string for what a message already shows."""
    if row.name == "TicketChanged" and row.via == "routing" and row.data.get("field") in {"assignee", "team"}:
        return ""  # told with its reason by the routing's own event
    if row.name == "TicketChanged":
        return _changed(row.data, names)
    if words := _OTHERS.get(row.name):
        return words(row.data)
    for topic in topics().values():
        if line := topic.timeline.get(row.name):
            return line(row.data, names)
    return ""
