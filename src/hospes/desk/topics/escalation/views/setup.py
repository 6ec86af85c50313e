"""Settings of escalation and work orders: templates, policies with their steps, whether customers are told."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.conditions import read
from hospes.core.errors import HospesError, NotFound
from hospes.core.facts import all_fields
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
    if request.method == "POST":
        now, actor = clock.now(), request.actor
        try:
            if found is not None and request.POST.get("archive"):
                ticket_operations.archive_work_template(template=found, actor=actor, now=now)
                return redirect("desk:work_templates")
            if form.is_valid():
                ticket_operations.save_work_template(template=found, actor=actor, now=now, **form.values())
                messages.success(request, _("Saved."))
                return redirect("desk:work_templates")
        except HospesError as error:
            refuse(form, error)
    context = {"form": form, "found": found}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/escalation/template.html", "work_templates", context, status=status)


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
    wanted = up or down
    pk = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
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
    if request.method == "POST":
        now, actor = clock.now(), request.actor
        try:
            if found is not None and request.POST.get("archive"):
                operations.archive_escalation_policy(policy=found, actor=actor, now=now)
                return redirect("desk:escalation")
            if form.is_valid():
                operations.save_escalation_policy(policy=found, actor=actor, now=now, **form.values())
                messages.success(request, _("Saved."))
                return redirect("desk:escalation")
        except HospesError as error:
            refuse(form, error)
    context = {"form": form, "found": found}
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/escalation/policy.html", "escalation", context, status=status)


@desk_view("escalation.manage", methods=("POST",))
def told(request: DeskRequest) -> HttpResponse:
    """Whether customers are told who has their request: of an inbox, or when a team takes it over."""
    tell = bool(request.POST.get("tell"))
    now, actor = clock.now(), request.actor
    inbox_id, team_id = request.POST.get("inbox", ""), request.POST.get("team", "")
    if inbox_id.isdecimal() and len(inbox_id) < 19:
        operations.set_notice(tell=tell, inbox=tickets.get_inbox(int(inbox_id)), actor=actor, now=now)
    else:
        team = staff.teams().filter(pk=int(team_id)).first() if team_id.isdecimal() and len(team_id) < 19 else None
        if team is None:
            raise NotFound
        operations.set_notice(tell=tell, team=team, actor=actor, now=now)
    messages.success(request, _("Saved."))
    return redirect("desk:escalation")
