"""Things that rules name (teams, agents, statuses …): how one chooses them, and by which name they are carried to
another installation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hospes.automation.models import InboundHook, Webhook
from hospes.incidents.models import Incident
from hospes.staff.models import Agent, Team
from hospes.tickets.models import Inbox, Macro, Priority, Status, TicketType, WorkOrderTemplate
from hospes.tickets.models.setup import Category
from hospes.workflows.models import Workflow

Pairs = list[tuple[Any, str]]


@dataclass(frozen=True, slots=True)
class Reference:
    """`choices` are (id, label); `name_of` gives the name by which a thing is known elsewhere, `find` the id of it."""

    label: str | Promise
    choices: Callable[[], Pairs]
    name_of: Callable[[Any], str | None]
    find: Callable[[str], Any | None]


def _rows(model: Any, name: str, label: str = "name", **where: Any) -> tuple[Any, Any, Any]:
    def choices() -> Pairs:
        return [(row.pk, str(getattr(row, label))) for row in model.objects.filter(**where)[:1000]]

    def name_of(pk: Any) -> str | None:
        if not str(pk).isdecimal():
            return None
        found: str | None = model.objects.filter(pk=pk).values_list(name, flat=True).first()
        return found

    def find(wanted: str) -> Any | None:
        return model.objects.filter(**{f"{name}__iexact": wanted}, **where).values_list("pk", flat=True).first()

    return choices, name_of, find


def _status_name(pk: Any) -> str | None:
    """A built-in status goes by its category, an own one by its name."""
    row = Status.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
    return None if row is None else (row.category if row.builtin else row.name)


def _status_id(name: str) -> int | None:
    rows = Status.objects.filter(archived_at=None)
    if name in Category.values:
        return rows.filter(builtin=True, category=name).values_list("pk", flat=True).first()
    return rows.filter(builtin=False, name__iexact=name).values_list("pk", flat=True).first()


def _plain(label: str | Promise, pairs: Callable[[], Pairs]) -> Reference:
    """Values that are the same everywhere."""
    known = lambda value: str(value) if any(str(v) == str(value) for v, _l in pairs()) else None  # noqa: E731
    return Reference(label, pairs, known, lambda name: next((v for v, _l in pairs() if str(v) == name), None))


REFERENCES: Final[dict[str, Reference]] = {
    "team": Reference(_("Team"), *_rows(Team, "name", archived_at=None)),
    "agent": Reference(_("Agent"), *_rows(Agent, "email", label="name", is_active=True)),
    "inbox": Reference(_("Inbox"), *_rows(Inbox, "address", label="name", archived_at=None)),
    "macro": Reference(_("Ready answer"), *_rows(Macro, "name", archived_at=None)),
    "webhook": Reference(_("Webhook"), *_rows(Webhook, "name", archived_at=None)),
    "hook_in": Reference(_("Address for calls"), *_rows(InboundHook, "name", archived_at=None)),
    "workflow": Reference(
        _("Workflow"), *_rows(Workflow, "key", label="name", archived_at=None, published__isnull=False)
    ),
    "incident": Reference(_("Incident"), *_rows(Incident, "title", label="title", resolved_at=None)),
    "work_template": Reference(_("Kind of work order"), *_rows(WorkOrderTemplate, "name", archived_at=None)),
    "status": Reference(
        _("Status"),
        lambda: [(s.pk, s.label) for s in Status.objects.filter(archived_at=None)],
        _status_name,
        _status_id,
    ),
    "priority": _plain(_("Priority"), lambda: [(v, str(label)) for v, label in Priority.choices]),
    "type": _plain(_("Type"), lambda: [(v, str(label)) for v, label in TicketType.choices]),
    "language": _plain(_("Language"), lambda: [(v, str(label)) for v, label in settings.LANGUAGES]),
}

# Fields of conditions whose values are ids of things.
FIELDS: Final[dict[str, str]] = {
    "ticket.team": "team",
    "ticket.assignee": "agent",
    "ticket.responsible": "agent",
    "ticket.status": "status",
    "ticket.inbox": "inbox",
    "call.hook": "hook_in",
}


def carried(condition: Mapping[str, Any], change: Callable[[str, Any, str], Any], place: str) -> dict[str, Any]:
    """A condition with each id of a thing put through `change(kind, value, place)`, which gives its name or the other
    way round."""
    for name in ("all", "any"):
        if name in condition:
            parts = enumerate(condition[name])
            return {name: [carried(part, change, f"{place}.{name}.{n}") for n, part in parts]}
    if "not" in condition:
        return {"not": carried(condition["not"], change, f"{place}.not")}
    kind = FIELDS.get(str(condition.get("field")))
    if kind is None or "value" not in condition:
        return dict(condition)
    value = condition["value"]
    if isinstance(value, list):
        changed: Any = [change(kind, one, f"{place}.value.{n}") for n, one in enumerate(value)]
    else:
        changed = change(kind, value, f"{place}.value")
    return {**condition, "value": changed}
