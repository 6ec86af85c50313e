"""Teams, agents and invitations."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.forms import AgentForm, InvitationForm, TeamForm
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.staff import operations
from hospes.staff import queries as staff
from hospes.staff.mails import send_invitation

BOTH = ("GET", "HEAD", "POST")


@desk_view("staff.manage", methods=BOTH)
def teams(request: DeskRequest) -> HttpResponse:
    """Teams; posting makes, renames or puts one away."""
    form = TeamForm(request.POST or None)
    if request.method == "POST":
        try:
            _change_team(request, form)
        except HospesError as error:
            messages.error(request, str(error.message))
        return redirect("desk:teams")
    found = staff.teams().prefetch_related("agents")
    return settings_page(request, "desk/settings/teams.html", "teams", {"teams": list(found), "form": form})


def _change_team(request: DeskRequest, form: TeamForm) -> None:
    now, wanted = clock.now(), request.POST.get("team", "")
    found = staff.teams().filter(pk=posted_id(wanted)).first()
    if wanted and found is None:
        raise NotFound
    if found and request.POST.get("archive"):
        operations.change_team(team=found, archived=True, actor=request.actor, now=now)
    elif form.is_valid():
        name = form.cleaned_data["name"]
        if found:
            operations.change_team(team=found, name=name, actor=request.actor, now=now)
        else:
            operations.create_team(name=name, actor=request.actor, now=now)


@desk_view("staff.manage")
def agents(request: DeskRequest) -> HttpResponse:
    """Everybody who works here, and who is invited."""
    context = {
        "agents": list(staff.agents().order_by("-is_active", "name")),
        "invitations": list(staff.open_invitations(now=clock.now())),
    }
    return settings_page(request, "desk/settings/agents.html", "agents", context)


@desk_view("staff.manage", methods=BOTH)
def agent(request: DeskRequest, agent_id: int) -> HttpResponse:
    """Somebody's role and teams; or they leave, or come back."""
    found = staff.get_agent(agent_id)
    first = {n: getattr(found, n) for n in ("name", "role", "only_own_teams")} | {"teams": list(found.teams.all())}
    form = AgentForm(request.POST or None, initial=first)
    if request.method == "POST":
        try:
            if _changed_agent(request, found, form):
                messages.success(request, _("Saved."))
                return redirect("desk:agents")
        except HospesError as error:
            if not form.is_bound or not form.is_valid():
                messages.error(request, str(error.message))
                return redirect("desk:agents")
            refuse(form, error)
    return form_page(
        request, form, tab="agents", heading=found.name, text=found.email, back="desk:agents", extra={"agent": found}
    )


def _changed_agent(request: DeskRequest, found: Any, form: AgentForm) -> bool:
    now = clock.now()
    if request.POST.get("deactivate"):
        operations.deactivate_agent(agent=found, actor=request.actor, now=now)
        return True
    if request.POST.get("reactivate"):
        operations.reactivate_agent(agent=found, actor=request.actor, now=now)
        return True
    if not form.is_valid():
        return False
    operations.change_agent(agent=found, actor=request.actor, now=now, **form.cleaned_data)
    return True


@desk_view("staff.manage", methods=BOTH)
def invite(request: DeskRequest) -> HttpResponse:
    """Invite somebody by mail; the link is shown too, for when mail does not go out yet."""
    form = InvitationForm(request.POST or None, initial={"role": "agent"})
    if request.method == "POST" and form.is_valid():
        try:
            made, token = operations.invite(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except HospesError as error:
            refuse(form, error)
        else:
            link = request.build_absolute_uri(f"/account/invitation/{token}/")
            mailed = send_invitation(made, token, request.build_absolute_uri("/"))
            context = {"invited": made, "link": link, "mailed": mailed}
            return settings_page(request, "desk/settings/invited.html", "agents", context)
    heading = _("Invite somebody")
    return form_page(request, form, tab="agents", heading=heading, back="desk:agents", button=_("Send the invitation"))


@desk_view("staff.manage", methods=("POST",))
def withdraw(request: DeskRequest, invitation_id: int) -> HttpResponse:
    """Make an invitation's link useless."""
    found = staff.open_invitations(now=clock.now()).filter(pk=invitation_id).first()
    if found is None:
        raise NotFound
    operations.withdraw_invitation(invitation=found, actor=request.actor, now=clock.now())
    messages.success(request, _("The invitation was withdrawn."))
    return redirect("desk:agents")
