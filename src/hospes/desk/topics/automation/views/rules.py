"""Rules: their list and order, the editor, versions, what each did."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.automation import operations, queries
from hospes.automation.actions import available
from hospes.automation.content import checked, content_of, reading
from hospes.automation.models import Rule
from hospes.automation.references import REFERENCES
from hospes.core import clock
from hospes.core.errors import Conflict, HospesError
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.automation.forms import RuleForm, first_of
from hospes.desk.topics.automation.shapes import rule_line, run_line, version_lines
from hospes.desk.topics.automation.views.trying import show_preview
from hospes.desk.views.settings.base import settings_page

BOTH = ("GET", "HEAD", "POST")
RIGHT = "rule.manage"


@desk_view(RIGHT, methods=BOTH)
def rules(request: DeskRequest) -> HttpResponse:
    """All rules in their order; posting moves, switches off, copies or puts one away."""
    if request.method == "POST":
        return _do(request)
    found = [rule_line(rule) for rule in queries.listed_rules(now=clock.now())]
    context = {"rules": found, "stopped": list(queries.stopped(request.actor)[:20])}
    return settings_page(request, "desk/automation/rules.html", "rules", context)


def _do(request: DeskRequest) -> HttpResponse:
    now, data = clock.now(), request.POST
    try:
        if looked := data.get("looked", ""):
            operations.look_at_stop(handling_id=posted_id(looked), actor=request.actor, now=now)
            return redirect("desk:rules")
        rule = queries.get_rule(posted_id(data.get("rule", "")))
        what = data.get("do", "")
        if what in {"up", "down"}:
            _move(request, rule, what)
        elif what == "off":
            operations.switch_off(rule=rule, actor=request.actor, now=now)
            messages.success(request, _("“%(name)s” rests now.") % {"name": rule.name})
        elif what == "copy":
            made = operations.duplicate_rule(rule=rule, actor=request.actor, now=now)
            return redirect("desk:rule", made.pk)
        elif what == "archive":
            operations.archive_rule(rule=rule, actor=request.actor, now=now)
            messages.success(request, _("Put away."))
    except HospesError as error:
        messages.error(request, str(error.message))
    return redirect("desk:rules")


def _move(request: DeskRequest, rule: Rule, what: str) -> None:
    order = list(queries.rules())
    at = next((n for n, one in enumerate(order) if one.pk == rule.pk), 0)
    to = at - 1 if what == "up" else at + 2
    before = order[to] if 0 <= to < len(order) else None
    if what == "up" and at == 0:
        return
    operations.move_rule(rule=rule, before=before, actor=request.actor, now=clock.now())


@desk_view(RIGHT, methods=BOTH)
def rule(request: DeskRequest, rule_id: int | None = None) -> HttpResponse:
    """Make or change a rule. "Try" shows what it would have done without keeping it; changing a rule that is on shows
    that too, before it is changed."""
    found = queries.get_rule(rule_id) if rule_id else None
    content = content_of(found) if found else {"trigger": "", "actions": []}
    form = RuleForm(request.POST or None, initial=first_of(content))
    if request.method == "POST" and form.is_valid():
        try:
            made = checked(form.content())
            if "try" in request.POST:
                return show_preview(request, made, found)
            return _save(request, found, made)
        except HospesError as error:
            _refuse(form, error)
    said = reading(content) if found else None
    context = {"form": form, "rule": found, "said": said}
    return settings_page(request, "desk/automation/rule.html", "rules", context, status=422 if form.is_bound else 200)


def _save(request: DeskRequest, found: Rule | None, made: Mapping[str, Any]) -> HttpResponse:
    try:
        version = posted_id(request.POST.get("version", "")) or None
        kept = operations.save_rule(
            content=made, rule=found, version=version if found else None, actor=request.actor, now=clock.now()
        )
    except Conflict as error:
        if error.code != "preview":
            raise
        return show_preview(request, made, found)
    messages.success(request, _("Saved."))
    return redirect("desk:rules") if kept.active else redirect("desk:try_rule", kept.pk)


def _refuse(form: RuleForm, error: HospesError) -> None:
    """At the field that the place lies in; the place is said when it is inside one."""
    first, _dot, rest = (error.field or "").partition(".")
    field = {"schedule": rest or "every", "limits": rest}.get(first, first)
    words = f"{error.field}: {error.message}" if rest and field in {"conditions", "actions"} else str(error.message)
    form.add_error(field if field in form.fields else None, words)


@desk_view(RIGHT)
def actions_table(request: DeskRequest) -> HttpResponse:
    """What actions.js draws its steps from."""
    from django.conf import settings

    actions = available()
    refs = {param.ref for action in actions for param in action.params if param.kind == "ref"}
    return JsonResponse(
        {
            "actions": [
                {
                    "do": action.key,
                    "label": str(action.label),
                    "group": str(action.group),
                    "params": [
                        {
                            "name": p.name, "label": str(p.label), "kind": p.kind, "ref": p.ref,
                            "required": p.required, "help": str(p.help),
                        }
                        for p in action.params
                    ],
                }
                for action in actions
            ],
            "choices": {ref: REFERENCES[ref].choices() for ref in sorted(refs)},
            "languages": [[code, str(name)] for code, name in settings.LANGUAGES],
            "words": _words(),
        }
    )  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "choose": _("Choose …"),
        "nobody": _("Nobody"),
        "add": _("Add a step"),
        "remove": _("Remove this step"),
        "up": _("Move this step up"),
        "down": _("Move this step down"),
        "step": _("Step {n}"),
        "what": _("What is done"),
        "language": _("Add a language"),
        "text_in": _("Text in {language}"),
        "optional": _("optional"),
        "nothing": _("Nothing is done yet."),
        "commas": _("Several with commas between them"),
        "gone": _("(no longer exists)"),
        "json": _("Edit as text"),
        "rows": _("Edit as steps"),
        "min": _("minutes"),
        "h": _("hours"),
        "d": _("days"),
        "unit": _("Unit of time"),
        "yes": _("Yes"),
        "variables": _("Variables: %(names)s") % {"names": "{{customer.first_name}} {{ticket.number}} {{inbox.name}}"},
    }


@desk_view(RIGHT, methods=("POST",))
def rule_reading(request: DeskRequest) -> HttpResponse:
    """The whole rule in words as it is being written, or where it is not yet right."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"faults": [[name, errors[0]] for name, errors in form.errors.items()]})
    try:
        return JsonResponse({"reading": reading(checked(form.content())), "faults": []})
    except HospesError as error:
        return JsonResponse({"faults": [[error.field, str(error.message)]]})


@desk_view(RIGHT, methods=BOTH)
def versions(request: DeskRequest, rule_id: int) -> HttpResponse:
    """Every version with what it changed; posting brings one back (a rule that is on shows first what that means)."""
    found = queries.get_rule(rule_id)
    if request.method == "POST":
        wanted = posted_id(request.POST.get("version", ""))
        try:
            operations.restore_version(rule=found, version=wanted, actor=request.actor, now=clock.now())
            messages.success(request, _("Version %(n)d is back.") % {"n": wanted})
            return redirect("desk:rule_versions", found.pk)
        except Conflict as error:
            kept = queries.versions_of(found).filter(version=wanted).first()
            if error.code != "preview" or kept is None:
                raise
            return show_preview(request, {**kept.content, "name": found.name}, found)
    context = {"rule": found, "versions": version_lines(queries.versions_of(found)[:100])}
    return settings_page(request, "desk/automation/versions.html", "rules", context)


@desk_view(RIGHT)
def runs(request: DeskRequest, rule_id: int) -> HttpResponse:
    """What a rule did, newest first."""
    found = queries.get_rule(rule_id)
    before = posted_id(request.GET.get("before", ""))
    rows = queries.runs_of_rule(found, request.actor)
    page = list((rows.filter(pk__lt=before) if before else rows)[:51])
    context = {
        "rule": found,
        "runs": [run_line(run) for run in page[:50]],
        "more": page[49].pk if len(page) > 50 else None,
    }
    return settings_page(request, "desk/automation/runs.html", "rules", context)


def content_from(text: str) -> dict[str, Any]:
    """A content that a preview page carries in a hidden field."""
    try:
        given = json.loads(text[:200_000] or "{}")
    except (ValueError, RecursionError):
        given = {}
    return given if isinstance(given, dict) else {}
