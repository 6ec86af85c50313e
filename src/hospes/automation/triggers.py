"""What rules may wait for: one table of triggers, each with the events that fire it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hospes.automation import events as own
from hospes.core.events import Event
from hospes.incidents import events as incidents
from hospes.routing import events as routing
from hospes.sla import events as sla
from hospes.tickets import events as tickets
from hospes.tickets.models.setup import Category
from hospes.workflows import events as workflows

Data = Mapping[str, Any]
TALK = _("The talk")
CHANGES = _("Changes")
PROMISES = _("Promises")
WORK = _("Work around it")
OUTSIDE = _("From elsewhere")
TIME: Final = "time"


@dataclass(frozen=True, slots=True)
class Trigger:
    """`fits` looks at the event's fields; for a change of status the category after it is among them."""

    key: str
    label: str | Promise
    group: str | Promise
    event: type[Event]
    fits: Callable[[Data], bool] = lambda data: True


def _field(name: str) -> Callable[[Data], bool]:
    return lambda data: data.get("field") == name


def _status(*categories: str) -> Callable[[Data], bool]:
    return lambda data: data.get("field") == "status" and data.get("category") in categories


CHANGED = tickets.TicketChanged
TABLE: Final[tuple[Trigger, ...]] = (
    Trigger("ticket_opened", _("A ticket is opened"), TALK, tickets.TicketCreated),
    Trigger(
        "customer_wrote", _("The customer writes"), TALK, tickets.MessageReceived, lambda d: not d.get("automatic")
    ),
    Trigger(
        "machine_wrote", _("A machine writes (out of office, bounce)"), TALK, tickets.MessageReceived,
        lambda d: bool(d.get("automatic")),
    ),
    Trigger("agent_answered", _("Somebody here answers"), TALK, tickets.ReplyQueued, lambda d: not d.get("automatic")),
    Trigger("note_added", _("A note is added"), TALK, tickets.NoteAdded),
    Trigger(
        "delivery_failed", _("An answer cannot be delivered"), TALK, tickets.DeliveryChanged,
        lambda d: d.get("state") in {"failed", "bounced"},
    ),
    Trigger("status_changed", _("The status changes"), CHANGES, CHANGED, _field("status")),
    Trigger("solved", _("It is solved"), CHANGES, CHANGED, _status(Category.SOLVED)),
    Trigger("closed", _("It is closed"), CHANGES, CHANGED, _status(Category.CLOSED)),
    Trigger("reopened", _("It is reopened"), CHANGES, tickets.TicketReopened),
    Trigger("priority_changed", _("The priority changes"), CHANGES, CHANGED, _field("priority")),
    Trigger("type_changed", _("The type changes"), CHANGES, CHANGED, _field("type")),
    Trigger("team_changed", _("The team changes"), CHANGES, CHANGED, _field("team")),
    Trigger("owner_changed", _("The owner changes"), CHANGES, CHANGED, _field("assignee")),
    Trigger("tags_changed", _("The tags change"), CHANGES, CHANGED, _field("tags")),
    Trigger("language_changed", _("The language changes"), CHANGES, CHANGED, _field("language")),
    Trigger("product_changed", _("The product changes"), CHANGES, CHANGED, _field("product")),
    Trigger("tier_changed", _("The tier changes"), CHANGES, CHANGED, _field("tier")),
    Trigger("fields_changed", _("An own field changes"), CHANGES, CHANGED, _field("fields")),
    Trigger("customer_changed", _("The customer is set anew"), CHANGES, CHANGED, _field("customer")),
    Trigger(
        "spam_marked", _("It is marked as spam"), CHANGES, CHANGED,
        lambda d: d.get("field") == "spam" and d.get("after") == "True",
    ),
    Trigger(
        "snooze_ended", _("A snooze ends"), CHANGES, CHANGED,
        lambda d: d.get("field") == "snoozed_until" and not d.get("after"),
    ),
    Trigger("merged", _("It is merged into another ticket"), CHANGES, tickets.TicketMerged),
    Trigger("due_soon", _("Something promised is due soon"), PROMISES, sla.ClockWarned),
    Trigger("breached", _("Something promised was not met in time"), PROMISES, sla.ClockBreached),
    Trigger("waits", _("Nobody can take it now"), WORK, routing.TicketWaits),
    Trigger("taken_back", _("It is taken back from somebody who went away"), WORK, routing.TicketTakenBack),
    Trigger("escalated", _("It is escalated"), WORK, routing.TicketEscalated),
    Trigger("deescalated", _("It comes back from a higher tier"), WORK, routing.TicketDeescalated),
    Trigger("swarm_ended", _("A swarm ends"), WORK, routing.SwarmEnded),
    Trigger("work_opened", _("A work order is opened"), WORK, tickets.WorkOrderOpened),
    Trigger("work_answered", _("A work order is answered"), WORK, tickets.WorkOrderAnswered),
    Trigger("work_overdue", _("A work order is overdue"), WORK, tickets.WorkOrderOverdue),
    Trigger("workflow_ended", _("A workflow ends"), WORK, workflows.WorkflowEnded),
    Trigger("joined_incident", _("It is linked to an incident"), WORK, incidents.TicketJoinedIncident),
    Trigger("called", _("Another system calls about it"), OUTSIDE, own.CalledFromOutside),
)  # fmt: skip


BY_KEY: Final[dict[str, Trigger]] = {trigger.key: trigger for trigger in TABLE}


def of_event(event: type[Event]) -> list[Trigger]:
    """The triggers that an event may fire."""
    return [trigger for trigger in BY_KEY.values() if trigger.event is event]


def fired_by(event: type[Event], data: Data) -> list[str]:
    """The keys of the triggers that this event fires."""
    return [trigger.key for trigger in of_event(event) if trigger.fits(data)]
