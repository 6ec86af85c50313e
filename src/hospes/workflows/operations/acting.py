"""What act steps do: each action of the table, through the operations of the tickets room."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from hospes.core.actors import SYSTEM, Actor
from hospes.core.errors import HospesError, InvalidInput
from hospes.core.text import storable
from hospes.staff.models import Team
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro, Ticket
from hospes.tickets.queries import work
from hospes.workflows.operations.knowing import Knowledge

Given = Mapping[str, Any]


def do(action: Given, knowledge: Knowledge, *, actor: Actor, now: datetime) -> None:
    """Do one action on the run's ticket. Raises what the operation behind it raises."""
    ticket = knowledge.run.ticket
    assert ticket is not None
    _DOERS[str(action["do"])](action, knowledge, ticket, actor, now)
    knowledge.run.ticket = Ticket.objects.select_related("inbox", "customer").get(pk=ticket.pk)


def _field(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    value = action.get("value")
    value = knowledge.text(value) if isinstance(value, str | dict) else value
    fields = {**ticket.fields, storable(str(action["name"]))[:80]: value}
    tickets.change_ticket(ticket=ticket, actor=actor, now=now, fields=fields)


def _tags(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    if add := [knowledge.text(one) for one in action.get("add") or ()]:
        tickets.change_ticket(ticket=ticket, actor=actor, now=now, add_tags=add)
    if remove := action.get("remove"):
        tickets.change_ticket(ticket=ticket, actor=actor, now=now, remove_tags=list(remove))


def _change(action: Given, _knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    tickets.change_ticket(ticket=ticket, actor=actor, now=now, **{str(action["do"]): action["value"]})


def team_named(name: str) -> Team | None:
    """A team in use by its name, whatever its case."""
    return Team.objects.filter(name__iexact=name, archived_at=None).first() if name else None


def _team(action: Given, _knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    team = team_named(str(action["name"]))
    if team is None:
        raise InvalidInput(_("There is no team “%(name)s”. Choose one of the teams.") % {"name": action["name"]})
    tickets.change_ticket(ticket=ticket, actor=actor, now=now, team=team)


def _note(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    tickets.add_note(ticket=ticket, actor=actor, now=now, text=knowledge.text(action["text"]))


def _reply(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    text = knowledge.text(action["text"], ticket.language or knowledge.run.language)
    tickets.reply(ticket=ticket, actor=actor, now=now, text=text, automatic=actor.kind == "system")


def _refund(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """What is to be paid back, kept on the ticket: a field that others can ask for, and a note that people read."""
    amount = action.get("amount")
    record = {
        "amount": knowledge.text(amount) if isinstance(amount, str | dict) else amount,
        "currency": str(action.get("currency") or knowledge.value("order.currency") or ""),
        "way": knowledge.text(action.get("way")),
        "reason": knowledge.text(action.get("reason")),
        "at": now.isoformat(),
    }
    tickets.change_ticket(ticket=ticket, actor=actor, now=now, fields={**ticket.fields, "refund": record})
    labels = {"amount": _("Amount"), "way": _("Paid back by"), "reason": _("Reason")}
    shown = {**record, "amount": f"{record['amount'] or '?'} {record['currency']}".strip()}
    lines = [_("Refund to be made"), *(f"{label}: {shown[key]}" for key, label in labels.items() if shown[key])]
    tickets.add_note(ticket=ticket, actor=actor, now=now, text="\n".join(lines))


def _work_order(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """By a template's name. What its form asks for comes from answers whose key is the field's label ("Box size" from
    box_size); a person who does the work finds the rest on the ticket."""
    template = work.templates().filter(name=str(action["template"])).first()
    if template is None:
        raise InvalidInput(_("There is no work order template “%(name)s”.") % {"name": action["template"]})
    values = {}
    for field in template.fields:
        known = knowledge.value("run." + "_".join(field["label"].casefold().split()))
        if known not in (None, "") or field.get("required"):
            values[field["key"]] = str(known) if known not in (None, "") else _("See the ticket.")
    # What a customer's answers set going is the company's own order.
    who = actor if actor.kind == "agent" else SYSTEM
    text = knowledge.text(action.get("text"))
    tickets.open_work_order(ticket=ticket, template=template, text=text, values=values, actor=who, now=now)


def _macro(action: Given, knowledge: Knowledge, ticket: Ticket, actor: Actor, now: datetime) -> None:
    """Its changes now; its words wait in the composer's draft of the agent, or are sent when no agent is there."""
    macro = Macro.objects.filter(name=action["name"], archived_at=None).first()
    if macro is None:
        raise InvalidInput(_("There is no macro “%(name)s”.") % {"name": action["name"]})
    html = tickets.apply_macro(macro=macro, ticket=ticket, actor=actor, now=now)
    if not html.strip():
        return
    ticket = Ticket.objects.select_related("inbox").get(pk=ticket.pk)
    if actor.kind == "agent":
        tickets.save_draft(ticket=ticket, kind="reply", html=html, actor=actor, now=now)
    else:
        tickets.reply(ticket=ticket, actor=actor, now=now, html=html, automatic=True)


_DOERS: Final[dict[str, Callable[[Given, Knowledge, Ticket, Actor, datetime], None]]] = {
    "field": _field,
    "tags": _tags,
    "priority": _change,
    "type": _change,
    "status": _change,
    "team": _team,
    "note": _note,
    "reply": _reply,
    "refund": _refund,
    "work_order": _work_order,
    "macro": _macro,
}


def explain(error: HospesError, step: str) -> InvalidInput:
    """A refusal of an action, with the step in which it happened."""
    return InvalidInput(_("Step “%(step)s”: %(error)s") % {"step": step, "error": error.message}, code=error.code)
