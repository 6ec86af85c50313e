"""Actions that set something else going: a ready answer's changes, an escalation, a workflow, a work order, a
webhook."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.automation.actions.base import Action, Doing, Held, Param
from hospes.automation.actions.telling import tell
from hospes.automation.models import Webhook
from hospes.core.conditions import span_of
from hospes.core.errors import InvalidInput
from hospes.incidents import operations as incidents
from hospes.incidents.models import Incident
from hospes.routing import operations as routing
from hospes.staff.queries import on_call_ids, teams
from hospes.tickets import operations as tickets
from hospes.tickets.models import Macro, WorkOrder, WorkOrderTemplate
from hospes.workflows import operations as workflows
from hospes.workflows.models import Workflow

GROUP = gettext_lazy("Set going")
Given = Mapping[str, Any]


def _apply_macro(doing: Doing, given: Given) -> str | None:
    macro = Macro.objects.filter(pk=given["macro"], archived_at=None, sharing="all").first()
    if macro is None:
        raise InvalidInput(_("This ready answer is no longer there, or not for everybody."))
    tickets.apply_macro(macro=macro, ticket=doing.ticket, actor=doing.actor, now=doing.now)
    doing.ticket.refresh_from_db()
    return macro.name


def _call_webhook(doing: Doing, given: Given) -> str | None:
    from hospes.automation.operations.webhooks import queue_delivery

    webhook = Webhook.objects.filter(pk=given["webhook"], archived_at=None).first()
    if webhook is None:
        raise InvalidInput(_("This webhook is no longer there."))
    queue_delivery(
        webhook=webhook,
        source=f"rule:{doing.event_id}",
        kind="rule.ran",
        ticket_id=doing.ticket.pk,
        data={"rule": doing.rule_name},
        at=doing.now,
        now=doing.now,
    )
    return webhook.name


def _escalate(doing: Doing, given: Given) -> str | None:
    ticket = doing.ticket
    team = teams().filter(pk=given["team"]).first() if given.get("team") else None
    if team is not None and team.pk == ticket.team_id:
        return None
    made = routing.escalate(
        ticket=ticket,
        actor=doing.actor,
        now=doing.now,
        wants=ticket.subject or ticket.last_words or "—",
        tried=_("See the talk."),
        promised=given.get("text") or _("An answer from somebody who knows this matter."),
        promised_until=doing.now + span_of(given.get("within") or "1 d"),
        to_team=team,
        to_tier=None if team or given.get("on_call") else ticket.tier + 1,
        on_call=bool(given.get("on_call")) and team is None,
    )
    doing.ticket.refresh_from_db()
    return str(made.to_team or made.to_agent or "")


def _notify_on_call(doing: Doing, given: Given) -> str | None:
    told = tell(doing, on_call_ids(doing.now), given.get("text", ""))
    if not told:
        raise Held(_("Nobody is on call."))
    return str(told)


def _start_workflow(doing: Doing, given: Given) -> str | None:
    workflow = Workflow.objects.filter(pk=given["workflow"], archived_at=None, published__isnull=False).first()
    if workflow is None:
        raise InvalidInput(_("This workflow is no longer there."))
    workflows.start_run(workflow=workflow, actor=doing.actor, now=doing.now, ticket=doing.ticket)
    return workflow.name


def _link_incident(doing: Doing, given: Given) -> str | None:
    incident = Incident.objects.filter(pk=given["incident"], resolved_at=None).first()
    if incident is None:
        raise Held(_("This incident is over."))
    linked = incidents.link_tickets(incident=incident, tickets=[doing.ticket], actor=doing.actor, now=doing.now)
    return incident.title if linked else None


def _open_work(doing: Doing, given: Given) -> str | None:
    template = WorkOrderTemplate.objects.filter(pk=given["template"], archived_at=None).first()
    if template is None:
        raise InvalidInput(_("This kind of work order is no longer there."))
    if WorkOrder.objects.filter(ticket=doing.ticket, template=template, closed_at=None).exists():
        return None
    due = doing.now + span_of(given["within"]) if given.get("within") else None
    # What the form asks for is not known to a rule: the one who does the work finds it on the ticket.
    values = {field["key"]: _("See the ticket.") for field in template.fields if field.get("required")}
    tickets.open_work_order(
        ticket=doing.ticket,
        template=template,
        text=given.get("text", ""),
        values=values,
        due_at=due or doing.now + timedelta(seconds=template.due_seconds),
        actor=doing.actor,
        now=doing.now,
    )
    return template.name


TEXT: Final = Param("text", gettext_lazy("What to say"), "text", required=False)
TABLE: Final[tuple[Action, ...]] = (
    Action(
        "apply_macro", gettext_lazy("Make a ready answer’s changes"), GROUP, _apply_macro,
        gettext_lazy("make the changes of “%(macro)s”"),
        (Param("macro", gettext_lazy("Ready answer"), "ref", "macro"),),
    ),
    Action(
        "escalate", gettext_lazy("Escalate it"), GROUP, _escalate,
        gettext_lazy("escalate it to the team %(team)s"),
        (
            Param(
                "team", gettext_lazy("Team"), "ref", "team", False,
                gettext_lazy("Empty: the next tier of the same line."),
            ),
            Param("on_call", gettext_lazy("To the manager on call"), "yes_no", required=False),
            Param("within", gettext_lazy("They look at it within"), "span", required=False),
            Param("text", gettext_lazy("What the customer was promised"), "text", required=False),
        ),
        reads_bare=gettext_lazy("escalate it to the next tier or the manager on call"),
    ),
    Action(
        "notify_on_call", gettext_lazy("Notify whoever is on call"), GROUP, _notify_on_call,
        gettext_lazy("notify whoever is on call"), (TEXT,),
    ),
    Action(
        "start_workflow", gettext_lazy("Start a workflow"), GROUP, _start_workflow,
        gettext_lazy("start the workflow “%(workflow)s”"),
        (Param("workflow", gettext_lazy("Workflow"), "ref", "workflow"),),
    ),
    Action(
        "link_incident", gettext_lazy("Link it to an incident"), GROUP, _link_incident,
        gettext_lazy("link it to the incident “%(incident)s”"),
        (Param("incident", gettext_lazy("Incident"), "ref", "incident"),),
    ),
    Action(
        "open_work", gettext_lazy("Open a work order"), GROUP, _open_work,
        gettext_lazy("open the work order “%(template)s”"),
        (
            Param("template", gettext_lazy("Kind of work order"), "ref", "work_template"),
            Param("within", gettext_lazy("Due within"), "span", required=False),
            TEXT,
        ),
    ),
    Action(
        "call_webhook", gettext_lazy("Call a webhook"), GROUP, _call_webhook,
        gettext_lazy("call the webhook %(webhook)s"), (Param("webhook", gettext_lazy("Webhook"), "ref", "webhook"),),
        sends=True,
    ),
)  # fmt: skip
