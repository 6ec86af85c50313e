"""Settings of escalation and work orders: templates, policies with their steps, whether customers are told."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.conditions import read
from hospes.core.errors import HospesError, NotFound
from hospes.core.facts import all_fields
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.shapes.times import span
from hospes.desk.topics.escalation.forms import PolicyForm, WorkTemplateForm, first_of_policy, first_of_template
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.routing import operations
from hospes.routing.models import EscalationPolicy
from hospes.routing.queries import escalation as queries
from hospes.routing.tiers import Step, steps_of
from hospes.staff import queries as staff
from hospes.tickets import operations as ticket_operations
from hospes.tickets import queries as tickets
from hospes.tickets.queries import work

MORE = ("GET", "HEAD", "POST")


@desk_view("work.manage")
def work_templates(request: DeskRequest) -> HttpResponse:
    """Every template in use."""
    rows = [(one, span(one.due_seconds, length="short")) for one in work.templates()]
    return settings_page(request, "desk/escalation/templates.html", "work_templates", {"rows": rows})


@desk_view("work.manage", methods=MORE)
def work_template(request: DeskRequest, template_id: int | None = None) -> HttpResponse:
    """Make, change or put away a template."""
    found = work.get_template(template_id) if template_id else None
    form = WorkTemplateForm(request.POST or None, initial=first_of_template(found))
    save = partial(ticket_operations.save_work_template, template=found)
    put_away = partial(ticket_operations.archive_work_template, template=found) if found else None
    if _kept(request, form, save, put_away):
        return redirect("desk:work_templates")
    return _form_page(request, form, found, "work_templates", "desk/escalation/template.html")


def _kept(
    request: DeskRequest,
    form: WorkTemplateForm | PolicyForm,
    save: Callable[..., Any],
    put_away: Callable[..., Any] | None,
) -> bool:
    """Whether what was posted was saved or put away; a refusal stands in the form."""
    if request.method != "POST":
        return False
    now, actor = clock.now(), request.actor
    try:
        if put_away and request.POST.get("archive"):
            put_away(actor=actor, now=now)
            return True
        if form.is_valid():
            save(actor=actor, now=now, **form.values())
            messages.success(request, _("Saved."))
            return True
    except HospesError as error:
        refuse(form, error)
    return False


def _form_page(request: DeskRequest, form: Form, found: Any, tab: str, template: str) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return settings_page(request, template, tab, {"form": form, "found": found}, status=status)


def step_words(step: Step) -> str:
    """One step of a chain in words."""
    time = span(step.after, length="short") if step.after >= 60 else _("%(n)d s") % {"n": step.after}
    if step.to == "tier":
        return _("after %(time)s to tier %(tier)d") % {"time": time, "tier": step.tier}
    if step.rank == 1:
        return _("after %(time)s to the manager on call") % {"time": time}
    return _("after %(time)s to the next manager on call") % {"time": time}


def _row(policy: EscalationPolicy) -> tuple[EscalationPolicy, str, list[str]]:
    when = read(policy.conditions, all_fields()) or _("every ticket")
    return policy, when, [step_words(step) for step in steps_of(policy.steps)]


@desk_view("escalation.manage", methods=MORE)
def escalation(request: DeskRequest) -> HttpResponse:
    """Policies in their order, and who is told; posting moves one up or down."""
    found = list(queries.policies())
    if request.method == "POST":
        ids = _moved([p.pk for p in found], request.POST.get("up", ""), request.POST.get("down", ""))
        operations.order_escalation_policies(ids=ids, actor=request.actor, now=clock.now())
        return redirect("desk:escalation")
    by_inbox, by_team = queries.notices()
    context = {
        "policies": [_row(policy) for policy in found],
        "inboxes": [(one, by_inbox.get(one.pk, True)) for one in tickets.active_inboxes()],
        "teams": [(one, by_team.get(one.pk)) for one in staff.teams() if not one.back_office],
    }
    return settings_page(request, "desk/escalation/policies.html", "escalation", context)


def _moved(ids: list[int], up: str, down: str) -> list[int]:
    pk = posted_id(up or down)
    if pk not in ids:
        raise NotFound
    here = ids.index(pk)
    there = max(0, here - 1) if up else min(len(ids) - 1, here + 1)
    ids[here], ids[there] = ids[there], ids[here]
    return ids


@desk_view("escalation.manage", methods=MORE)
def policy(request: DeskRequest, policy_id: int | None = None) -> HttpResponse:
    """Make, change or put away a policy."""
    found = queries.get_policy(policy_id) if policy_id else None
    form = PolicyForm(request.POST or None, initial=first_of_policy(found))
    save = partial(operations.save_escalation_policy, policy=found)
    put_away = partial(operations.archive_escalation_policy, policy=found) if found else None
    if _kept(request, form, save, put_away):
        return redirect("desk:escalation")
    return _form_page(request, form, found, "escalation", "desk/escalation/policy.html")


@desk_view("escalation.manage", methods=("POST",))
def told(request: DeskRequest) -> HttpResponse:
    """Whether customers are told who has their request: of an inbox, or when a team takes it over."""
    tell = bool(request.POST.get("tell"))
    now, actor = clock.now(), request.actor
    if inbox_id := request.POST.get("inbox", ""):
        operations.set_notice(tell=tell, inbox=tickets.get_inbox(posted_id(inbox_id)), actor=actor, now=now)
    else:
        team = staff.teams().filter(pk=posted_id(request.POST.get("team", ""))).first()
        if team is None:
            raise NotFound
        operations.set_notice(tell=tell, team=team, actor=actor, now=now)
    messages.success(request, _("Saved."))
    return redirect("desk:escalation")
