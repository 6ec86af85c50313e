"""Actions that set something on the ticket, all by the one operation that changes tickets."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation.actions.base import Action, Doing, Held, Param
from hospes.core.conditions import span_of
from hospes.core.errors import InvalidInput
from hospes.staff.queries import active_agents, teams
from hospes.tickets import operations as tickets
from hospes.tickets.models import Status

GROUP = gettext_lazy("Set")
Given = Mapping[str, Any]


def _change(doing: Doing, **changes: Any) -> bool:
    """Whether something really changed."""
    before = doing.ticket.version
    doing.ticket = tickets.change_ticket(ticket=doing.ticket, actor=doing.actor, now=doing.now, **changes)
    return doing.ticket.version != before


def _set_status(doing: Doing, given: Given) -> str | None:
    status = Status.objects.filter(pk=given["status"], archived_at=None).first()
    if status is None:
        raise InvalidInput(_("This status is no longer used."))
    return status.label if _change(doing, status=status) else None


def _set_priority(doing: Doing, given: Given) -> str | None:
    done = _change(doing, priority=given["priority"])
    return str(doing.ticket.get_priority_display()) if done else None


def _raise_priority(doing: Doing, given: Given) -> str | None:
    wanted = min(4, doing.ticket.priority + 1)
    return str(doing.ticket.get_priority_display()) if _change(doing, priority=wanted) else None


def _set_type(doing: Doing, given: Given) -> str | None:
    return str(doing.ticket.get_type_display()) if _change(doing, type=given["type"]) else None


def _set_language(doing: Doing, given: Given) -> str | None:
    return str(given["language"]) if _change(doing, language=given["language"]) else None


def _set_team(doing: Doing, given: Given) -> str | None:
    team = teams().filter(pk=given["team"]).first() if given.get("team") else None
    if given.get("team") and team is None:
        raise InvalidInput(_("This team is no longer there."))
    done = _change(doing, team=team)
    return (team.name if team else _("nobody")) if done else None


def _set_owner(doing: Doing, given: Given) -> str | None:
    agent = active_agents().filter(pk=given["agent"]).first() if given.get("agent") else None
    if given.get("agent") and agent is None:
        raise InvalidInput(_("They do not work here any more."))
    done = _change(doing, assignee=agent)
    return (agent.name if agent else _("nobody")) if done else None


def _add_tags(doing: Doing, given: Given) -> str | None:
    return ", ".join(given["tags"]) if _change(doing, add_tags=given["tags"]) else None


def _remove_tags(doing: Doing, given: Given) -> str | None:
    return ", ".join(given["tags"]) if _change(doing, remove_tags=given["tags"]) else None


def _set_field(doing: Doing, given: Given) -> str | None:
    name, value = given["name"].strip(), given.get("value") or ""
    fields = {**doing.ticket.fields, name: value}
    if not value:
        fields.pop(name)
    return f"{name}: {value}" if _change(doing, fields=fields) else None


def _set_product(doing: Doing, given: Given) -> str | None:
    return str(given["product"]) if _change(doing, product=given["product"]) else None


def _snooze(doing: Doing, given: Given) -> str | None:
    if not doing.ticket.active:
        raise Held(_("Only open tickets can be snoozed."))
    _change(doing, snoozed_until=doing.now + span_of(given["for"]))
    return str(given["for"])


def _mark_spam(doing: Doing, given: Given) -> str | None:
    return _("Spam") if _change(doing, spam=True) else None


def _ref(name: str, label: Any, *, required: bool = True) -> tuple[Param, ...]:
    return (Param(name, label, "ref", name, required),)


TAGS: Final = (Param("tags", gettext_lazy("Tags"), "tags"),)
OR_NOBODY = gettext_lazy("Empty takes it off.")
TABLE: Final[tuple[Action, ...]] = (
    Action(
        "set_status", gettext_lazy("Set the status"), GROUP, _set_status,
        gettext_lazy("set the status to %(status)s"), _ref("status", gettext_lazy("Status")), sets="ticket.status",
    ),
    Action(
        "set_priority", gettext_lazy("Set the priority"), GROUP, _set_priority,
        gettext_lazy("set the priority to %(priority)s"), _ref("priority", gettext_lazy("Priority")),
        sets="ticket.priority",
    ),
    Action(
        "raise_priority", gettext_lazy("Raise the priority by one"), GROUP, _raise_priority,
        gettext_lazy("raise the priority by one"),
    ),
    Action(
        "set_type", gettext_lazy("Set the type"), GROUP, _set_type,
        gettext_lazy("set the type to %(type)s"), _ref("type", gettext_lazy("Type")), sets="ticket.type",
    ),
    Action(
        "set_team", gettext_lazy("Give it to a team"), GROUP, _set_team,
        gettext_lazy("give it to the team %(team)s"),
        (Param("team", gettext_lazy("Team"), "ref", "team", False, OR_NOBODY),), sets="ticket.team",
        reads_bare=gettext_lazy("take the team off"),
    ),
    Action(
        "set_owner", gettext_lazy("Give it to somebody"), GROUP, _set_owner,
        gettext_lazy("give it to %(agent)s"),
        (Param("agent", gettext_lazy("Agent"), "ref", "agent", False, OR_NOBODY),), sets="ticket.assignee",
        reads_bare=gettext_lazy("take the owner off"),
    ),
    Action(
        "add_tags", gettext_lazy("Add tags"), GROUP, _add_tags, gettext_lazy("add the tags %(tags)s"), TAGS,
        sets="+ticket.tags",
    ),
    Action(
        "remove_tags", gettext_lazy("Take tags off"), GROUP, _remove_tags, gettext_lazy("take off the tags %(tags)s"),
        TAGS, sets="-ticket.tags",
    ),
    Action(
        "set_language", gettext_lazy("Set the language"), GROUP, _set_language,
        gettext_lazy("set the language to %(language)s"), _ref("language", gettext_lazy("Language")),
        sets="ticket.language",
    ),
    Action(
        "set_product", gettext_lazy("Set the product"), GROUP, _set_product,
        gettext_lazy("set the product to %(product)s"), (Param("product", gettext_lazy("Product"), "word"),),
        sets="ticket.product",
    ),
    Action(
        "set_field", gettext_lazy("Set an own field"), GROUP, _set_field,
        gettext_lazy("set the field %(name)s to %(value)s"),
        (
            Param("name", gettext_lazy("Name of the field"), "word"),
            Param("value", gettext_lazy("Value"), "text", required=False),
        ),
    ),
    Action(
        "snooze", gettext_lazy("Snooze it"), GROUP, _snooze, gettext_lazy("snooze it for %(for)s"),
        (Param("for", gettext_lazy("For how long"), "span"),),
    ),
    Action(
        "mark_spam", gettext_lazy("Mark it as spam"), GROUP, _mark_spam, gettext_lazy("mark it as spam"),
        sets="ticket.spam",
    ),
)  # fmt: skip
