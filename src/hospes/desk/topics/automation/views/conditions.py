"""What the conditions editor asks for: the fields there are, and how a condition reads."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hospes.core.asking import faults, questions, shown
from hospes.core.conditions import OPERATORS, Field
from hospes.core.facts import all_fields
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.conditions_field import parsed_conditions, reading_of


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name.isidentifier()]


@desk_view()
def fields(request: DeskRequest) -> HttpResponse:
    """Every field of the named groups, every way to ask, and the editor's words."""
    found = all_fields(*_names(request.GET.get("namespaces", "")))
    return JsonResponse(
        {
            "fields": [shown(field) for field in found.values()],
            "questions": {kind: questions(kind) for kind in OPERATORS},
            "words": _words(),
        }
    )


def _words() -> dict[str, str]:
    return {
        "all": _("All of these hold"),
        "any": _("At least one of these holds"),
        "not_all": _("Not all of these hold"),
        "not_any": _("None of these holds"),
        "group": _("How these belong together"),
        "nothing": _("Nothing is asked, so it always holds."),
        "row": _("Condition {n}"),
        "field": _("What is asked"),
        "how": _("How"),
        "value": _("Compared with"),
        "unit": _("Unit of time"),
        "add": _("Add a condition"),
        "add_group": _("Add a group"),
        "remove": _("Remove this condition"),
        "remove_group": _("Remove this group"),
        "choose": _("Choose …"),
        "choose_more": _("Add …"),
        "take_off": _("Take off {name}"),
        "several": _("Several with commas between them"),
        "gone": _("{name} (no longer exists)"),
        "s": _("seconds"),
        "min": _("minutes"),
        "h": _("hours"),
        "d": _("days"),
        "json": _("Edit as text"),
        "rows": _("Edit as rows"),
        "not_json": _("This is not JSON."),
        # Translators: beside a sentence that tells when a rule applies
        "reading": pgettext("conditions", "Holds when"),
    }


@desk_view(methods=("POST",))
def reading(request: DeskRequest) -> HttpResponse:
    """A condition in words, or its faults with their places."""
    condition = parsed_conditions(request.POST.get("conditions", ""))
    if condition is None:
        return JsonResponse({"reading": "", "faults": [["conditions", _("This is not JSON.")]]})
    known = {**all_fields(*_names(request.POST.get("namespaces", ""))), **_more(request.POST.get("more", ""))}
    found = faults(condition, known)
    return JsonResponse({"reading": "" if found else reading_of(condition, known), "faults": found})


def _more(text: str) -> dict[str, Field]:
    """Fields that a form adds of its own, as the page was told them; only read aloud, so nothing is lost if forged."""
    try:
        given = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return {}
    made = [_field(one) for one in given[:200]] if isinstance(given, list) else []
    return {field.name: field for field in made if field is not None}


def _field(one: Any) -> Field | None:
    if not isinstance(one, dict) or one.get("kind") not in OPERATORS or not isinstance(one.get("name"), str):
        return None
    given = one.get("choices")
    pairs = [(p[0], str(p[1])) for p in given if isinstance(p, list) and len(p) == 2] if given else []
    choices = (lambda: pairs) if given else None
    return Field(one["name"], str(one.get("label", "")), one["kind"], choices, str(one.get("unit", "")))
