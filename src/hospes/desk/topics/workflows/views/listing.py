"""The list of workflows; new ones; publishing, versions and their difference; definitions as text; figures."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.workflows.words import OPEN_TO, STEP_KINDS
from hospes.desk.views.settings.base import form_page, refuse, settings_page
from hospes.workflows import figures as measured
from hospes.workflows import operations, queries, written
from hospes.workflows.models import Workflow
from hospes.workflows.policies.texts import say

BOTH = ("GET", "HEAD", "POST")


class NewForm(forms.Form):
    """A new workflow: a name, or a definition as text."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    text = forms.CharField(
        label=gettext_lazy("Definition (YAML)"),
        required=False,
        max_length=written.MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "ltr", "class": "code", "spellcheck": "false"}),
        help_text=gettext_lazy("Leave it empty to begin with an empty outline."),
    )


class TextForm(forms.Form):
    """The draft as text."""

    text = forms.CharField(
        label=gettext_lazy("Definition (YAML)"),
        max_length=written.MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 34, "dir": "ltr", "class": "code", "spellcheck": "false"}),
    )


@desk_view("workflow.run")
def listing(request: DeskRequest) -> HttpResponse:
    """Every workflow with its use and how many do not get to the end."""
    archived = "archived" in request.GET
    numbers = measured.by_workflow(now=clock.now())
    lines = []
    language = translation.get_language() or "en"
    for workflow in queries.workflows(archived=archived):
        name = say(workflow.draft.get("name"), language, fallback=str(workflow.draft.get("language") or "en"))
        lines.append({"workflow": workflow, "name": name.text or workflow.name, "use": numbers.get(workflow.pk),
                      "open_to": OPEN_TO.get(workflow.open_to, "")})  # fmt: skip
    context = {"lines": lines, "archived": archived, "may_manage": request.actor.may("workflow.manage")}
    return settings_page(request, "desk/workflows/list.html", "workflows", context)


@desk_view("workflow.manage", methods=BOTH)
def new(request: DeskRequest) -> HttpResponse:
    """Begin one, empty or from a definition."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _begun(request, form.cleaned_data)
        except HospesError as error:
            refuse(form, error)
    return form_page(
        request, form, tab="workflows", heading=_("New workflow"), back="desk:workflows", button=_("Begin")
    )


def _begun(request: DeskRequest, data: dict[str, Any]) -> HttpResponse:
    if not data["text"].strip():
        made = operations.create_workflow(name=data["name"], actor=request.actor, now=clock.now())
        return redirect("desk:workflow", made.pk)
    definition = written.from_yaml(data["text"])[0]
    key = str(definition.pop("key", "") or "")
    if data["name"]:
        definition["name"] = {str(definition.get("language") or "en"): data["name"]}
    name = say(definition.get("name"), "en").text
    made = operations.create_workflow(name=name, key=key, definition=definition, actor=request.actor, now=clock.now())
    return redirect("desk:workflow", made.pk)


@desk_view("workflow.manage", methods=("POST",))
def publish(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """Publish the draft, put the workflow away or bring it back, or take an old version into the draft."""
    workflow = queries.get_workflow(workflow_id)
    now, do = clock.now(), request.POST.get("do", "publish")
    try:
        if do == "archive":
            operations.archive_workflow(workflow=workflow, actor=request.actor, now=now)
            messages.success(request, _("Put away. What runs goes on."))
            return redirect("desk:workflows")
        if do == "restore":
            operations.restore_workflow(workflow=workflow, actor=request.actor, now=now)
        elif do == "take":
            wanted = request.POST.get("version", "")
            version = queries.get_version(workflow, posted_id(wanted))
            operations.save_draft(workflow=workflow, definition=version.definition, actor=request.actor, now=now)
            messages.success(request, _("The draft is as version %(n)s was.") % {"n": version.number})
        else:
            made = operations.publish(workflow=workflow, actor=request.actor, now=now)
            messages.success(request, _("Version %(n)s is published.") % {"n": made.number})
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:workflow", workflow.pk)


@desk_view("workflow.manage", methods=BOTH)
def text(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """The draft as text, to be changed or pasted over."""
    workflow = queries.get_workflow(workflow_id)
    form = TextForm(request.POST or None, initial={"text": written.to_yaml(workflow.draft)})
    if request.method == "POST" and form.is_valid():
        try:
            definition = written.from_yaml(form.cleaned_data["text"])[0]
            definition.pop("key", None)
            operations.save_draft(workflow=workflow, definition=definition, actor=request.actor, now=clock.now())
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("desk:workflow", args=[workflow.pk]))
        except HospesError as error:
            refuse(form, error)
    return form_page(request, form, tab="workflows", heading=workflow.name, back="desk:workflows")


@desk_view("workflow.run")
def download(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """The newest version as a file."""
    workflow = queries.get_workflow(workflow_id)
    definition = workflow.published.definition if workflow.published else workflow.draft
    response = HttpResponse(
        written.to_yaml(definition, key=workflow.key), content_type="application/yaml; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{workflow.key}.yaml"'
    return response


@desk_view("workflow.run")
def versions(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """All versions, and what differs between two of them or the draft."""
    workflow = queries.get_workflow(workflow_id)
    found = list(queries.versions(workflow)[:100])
    by_number = {version.number: version for version in found}
    number = posted_id(request.GET.get("of", ""))
    after = by_number[number].definition if number in by_number else workflow.draft
    before_number = number - 1 if number in by_number else max(by_number, default=0)
    before = by_number[before_number].definition if before_number in by_number else {}
    context = {
        "workflow": workflow,
        "versions": found,
        "of": number if number in by_number else 0,
        "before": before_number if before_number in by_number else 0,
        "difference": written.difference(before, after),
        "may_manage": request.actor.may("workflow.manage"),
    }
    return settings_page(request, "desk/workflows/versions.html", "workflows", context)


@desk_view("workflow.run")
def figures(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """How often it is started and finished, where people drop out, and how long each step takes."""
    workflow: Workflow = queries.get_workflow(workflow_id)
    days = 30 if request.GET.get("days") != "365" else 365
    found = measured.of_workflow(workflow, now=clock.now(), days=days)
    definition = workflow.published.definition if workflow.published else workflow.draft
    language = translation.get_language() or "en"
    lines = []
    for line in found.steps:
        label, icon = STEP_KINDS.get(line.kind, ("", "circle-help"))
        step = measured.step_of(definition, line.step)
        title = say((step or {}).get("title"), language).text or line.step
        lines.append({"line": line, "title": title, "label": label, "icon": icon})
    context = {"workflow": workflow, "figures": found, "lines": lines, "days": days}
    return settings_page(request, "desk/workflows/figures.html", "workflows", context)
