"""Ready rules, and files of rules."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import ngettext

from hospes.automation import library as ready
from hospes.automation import operations, queries
from hospes.automation.carrying import missing_names
from hospes.automation.models import Rule
from hospes.automation.references import REFERENCES
from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.automation.forms import ImportForm
from hospes.desk.views.settings.base import refuse, settings_page

BOTH = ("GET", "HEAD", "POST")
RIGHT = "rule.manage"


@desk_view(RIGHT, methods=BOTH)
def library(request: DeskRequest) -> HttpResponse:
    """Ready rules by category; posting adds one, asking first for what it names and does not exist here."""
    if request.method == "POST":
        return _add(request)
    rows = Rule.objects.filter(archived_at=None).exclude(library_key="")
    there = dict(rows.values_list("library_key", "pk"))
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in ready.TABLE:
        line = {"key": one.key, "name": one.name, "description": one.description, "rule": there.get(one.key)}
        groups.setdefault(str(one.category), []).append(line)
    context = {"groups": list(groups.items())}
    return settings_page(request, "desk/automation/library.html", "rules", context)


def _add(request: DeskRequest) -> HttpResponse:
    one = ready.BY_KEY.get(request.POST.get("key", ""))
    if one is None:
        raise NotFound
    missing = missing_names([ready.content_of(one)])
    answers = {pair: request.POST.get(f"{pair[0]}:{pair[1]}", "") for pair in missing}
    if any(not answer for answer in answers.values()):
        asked = [
            {"field": f"{kind}:{name}", "label": REFERENCES[kind].label, "name": name,
             "choices": REFERENCES[kind].choices()}
            for kind, name in missing
        ]  # fmt: skip
        return settings_page(request, "desk/automation/missing.html", "rules", {"ready": one, "asked": asked})
    instead = {pair: posted_id(answer) or answer for pair, answer in answers.items()}
    try:
        made = operations.add_from_library(key=one.key, actor=request.actor, now=clock.now(), instead=instead)
    except HospesError as error:
        messages.error(request, str(error.message))
        return redirect("desk:rule_library")
    return redirect("desk:try_rule", made.pk)


@desk_view(RIGHT)
def export(request: DeskRequest, rule_id: int | None = None) -> HttpResponse:
    """One rule or all of them as a YAML file."""
    found = [queries.get_rule(rule_id)] if rule_id else list(queries.rules())
    response = HttpResponse(operations.export_rules(found), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="hospes-rules.yaml"'
    return response


@desk_view(RIGHT, methods=BOTH)
def take_in(request: DeskRequest) -> HttpResponse:
    """Rules out of a YAML file: all of them, switched off, or none and the place of the fault."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        text = given.read(2_000_001).decode("utf-8", "replace") if given else form.cleaned_data["text"]
        try:
            made = operations.import_rules(text=text, actor=request.actor, now=clock.now())
            words = ngettext("%(n)d rule was read. It is off.", "%(n)d rules were read. They are off.", len(made))
            messages.success(request, words % {"n": len(made)})
            return redirect("desk:rules")
        except HospesError as error:
            words = f"{error.field}: {error.message}" if error.field else str(error.message)
            refuse(form, type(error)(words))
    status = 422 if form.is_bound else 200
    return settings_page(request, "desk/automation/import.html", "rules", {"form": form}, status=status)
