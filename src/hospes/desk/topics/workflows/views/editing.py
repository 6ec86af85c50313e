"""The editor: the outline, the step, what agents and customers see of it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.conditions import read
from hospes.core.errors import HospesError, InvalidInput
from hospes.core.facts import all_fields
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.workflows.step_editing import StepEditor
from hospes.desk.topics.workflows.step_forms import NAMESPACES, HeadForm, Json, in_language, put_language
from hospes.desk.topics.workflows.words import STEP_KINDS
from hospes.desk.views.settings.base import settings_page
from hospes.workflows import operations, queries, shown
from hospes.workflows.models import Workflow, WorkflowRun
from hospes.workflows.operations.editing import all_faults
from hospes.workflows.policies import outline
from hospes.workflows.policies.checking import facts_of_run
from hospes.workflows.policies.definition import plan_of
from hospes.workflows.policies.texts import say

BOTH = ("GET", "HEAD", "POST")
MOVES = {"up": -1, "down": 1}


def _language(request: DeskRequest, draft: Json) -> str:
    wanted = request.POST.get("lang") or request.GET.get("lang") or str(draft.get("language") or "en")
    return wanted if wanted in dict(settings.LANGUAGES) else "en"


@desk_view("workflow.manage", methods=BOTH)
def editor(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """The draft as an outline beside the selected step; posting changes it."""
    workflow = queries.get_workflow(workflow_id)
    draft = workflow.draft
    language = _language(request, draft)
    key = request.POST.get("step") or request.GET.get("step") or ""
    if request.method != "POST":
        return _page(request, workflow, draft, key, language)
    number = request.POST.get("number", "")
    try:
        changed, selected = _changed(request, draft, key, language)
        operations.save_draft(
            workflow=workflow,
            definition=changed,
            actor=request.actor,
            now=clock.now(),
            number=posted_id(number),
        )
    except _Unreadable as error:
        return _page(request, workflow, draft, key, language, forms=error.forms, status=422)
    except HospesError as error:
        messages.error(request, str(error.message))
        selected = key
    address = reverse("desk:workflow", args=[workflow.pk])
    return HttpResponseRedirect(f"{address}?step={selected}&lang={language}#step")


class _Unreadable(Exception):
    def __init__(self, forms: Any) -> None:
        super().__init__()
        self.forms = forms


def _changed(request: DeskRequest, draft: Json, key: str, language: str) -> tuple[Json, str]:
    """The draft after what was asked for, and the step to select. What was typed in the step is kept with it."""
    do = request.POST.get("do", "save")
    if request.POST.get("s-key") is not None and do != "remove":
        draft, key = _saved_step(request, draft, key, language)
    elif request.POST.get("h-open_to") is not None:
        draft = _saved_head(request, draft, language)
    action, _mark, rest = do.partition(":")
    if action == "add":
        after, _mark, branch = request.POST.get("after", key).partition("#")
        place = posted_number(branch)
        return outline.add(draft, rest, after=after, branch=-1 if place is None else place)
    if action in MOVES:
        return outline.move(draft, key, MOVES[action])
    plain = {
        "in": outline.indent,
        "out": outline.outdent,
        "remove": outline.remove,
        "copy": outline.duplicate,
        "branch": outline.add_branch,
    }
    return plain[action](draft, key) if action in plain else (draft, key)


def _saved_step(request: DeskRequest, draft: Json, key: str, language: str) -> tuple[Json, str]:
    step = outline.find(draft, key)
    if step is None:
        raise InvalidInput(_("This step is no longer there."))
    forms = StepEditor(draft, step, language, request.POST)
    if not forms.is_valid():
        raise _Unreadable(forms)
    return outline.replace(draft, key, forms.result())


def _saved_head(request: DeskRequest, draft: Json, language: str) -> Json:
    form = HeadForm(request.POST, prefix="h")
    if not form.is_valid():
        raise _Unreadable(form)
    data, fallback = form.cleaned_data, str(draft.get("language") or "en")
    texts = {name: put_language(draft.get(name), language, data[name], fallback) for name in ("name", "summary")}
    return {**draft, **texts, **{name: data[name] for name in ("group", "open_to", "language")}}


def _page(
    request: DeskRequest,
    workflow: Workflow,
    draft: Json,
    key: str,
    language: str,
    *,
    forms: Any = None,
    status: int = 200,
) -> HttpResponse:
    step = outline.find(draft, key)
    found = all_faults(draft)
    head = HeadForm(
        prefix="h",
        initial={
            **{name: draft.get(name) or "" for name in ("group", "open_to")},
            "language": draft.get("language") or "en",
            **{name: in_language(draft.get(name), language) for name in ("name", "summary")},
        },
    )
    context = {
        "workflow": workflow,
        "lines": _outline(draft, language, {fault.step for fault in found}),
        "selected": key if step else "",
        "step": step,
        "step_kind": STEP_KINDS.get(str((step or {}).get("kind"))),
        "editor": forms if isinstance(forms, StepEditor) else StepEditor(draft, step, language) if step else None,
        "head": forms if isinstance(forms, HeadForm) else head,
        "faults": found,
        "language": language,
        "languages": settings.LANGUAGES,
        "kinds": [(kind, label, icon) for kind, (label, icon) in STEP_KINDS.items()],
        "preview": _preview(workflow, draft, key, language) if step else None,
    }
    return settings_page(request, "desk/workflows/editor.html", "workflows", context, status=status)


def _outline(draft: Json, language: str, faulty: set[str]) -> list[dict[str, Any]]:
    """The lines of the outline, with each branch's condition read aloud."""
    fields = {**all_fields(*NAMESPACES), **facts_of_run(plan_of(draft))}
    found = []
    for line in outline.lines(draft):
        label, icon = STEP_KINDS.get(str(line.step.get("kind")), ("?", "circle-help"))
        if line.kind == "branch":
            branch = line.branches[0]
            words = say(branch.get("label"), language).text
            try:
                reading = read(branch.get("when") or {}, fields) or _("always")
            except (KeyError, TypeError, AttributeError):
                reading = "?"
            found.append({"branch": line.branch, "key": line.key, "depth": line.depth, "words": words or reading,
                          "reading": reading, "next": branch.get("next") or ""})  # fmt: skip
            continue
        title = say(line.step.get("title"), language).text or say(line.step.get("text"), language).text
        asked = ", ".join(
            say(i.get("label"), language).text or str(i.get("key")) for i in line.step.get("inputs") or ()
        )
        found.append({"branch": -1, "key": line.key, "depth": line.depth, "label": label, "icon": icon,
                      "words": title or asked or line.key, "faulty": line.key in faulty,
                      "next": line.step.get("next") or ""})  # fmt: skip
    return found


def _preview(workflow: Workflow, draft: Json, key: str, language: str) -> shown.Shown | None:
    """The step as it is shown, without a run behind it."""
    run = WorkflowRun(workflow=workflow, step=key, language=language, state="running", channel="desk")
    run.facts = {"order_lines": [_("First thing"), _("Second thing × 2")]}
    return shown.show(run, language=language, now=clock.now(), plan=plan_of(draft))


@desk_view("workflow.manage", methods=("POST",))
def preview(request: DeskRequest, workflow_id: int) -> HttpResponse:
    """What agents and customers see of a step as it is being typed; nothing is kept."""
    workflow = queries.get_workflow(workflow_id)
    language = _language(request, workflow.draft)
    try:
        draft, key = _saved_step(request, workflow.draft, request.POST.get("step", ""), language)
    except (_Unreadable, HospesError):
        return HttpResponse(status=204)
    context = {"preview": _preview(workflow, draft, key, language), "workflow": workflow}
    return render(request, "desk/workflows/preview.html", context)
