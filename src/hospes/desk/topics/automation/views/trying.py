"""Trying a rule on the past, and letting it run once somebody has seen what that means."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.automation import operations, queries
from hospes.automation.content import content_of, reading
from hospes.automation.models import Rule
from hospes.automation.preview import try_rule
from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.posted import posted_id, posted_number
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.views.settings.base import settings_page

DAYS = (1, 7, 30, 90)


def show_preview(request: DeskRequest, content: Mapping[str, Any], rule: Rule | None) -> HttpResponse:
    """The page with the tickets that a rule of this content would have touched, and the button that uses it."""
    asked = posted_number(request.GET.get("days") or request.POST.get("days") or "")
    days = asked if asked in DAYS else 7
    preview = try_rule(content=content, actor=request.actor, now=clock.now(), days=days)
    context = {
        "preview": preview,
        "rule": rule,
        "saved": rule is not None and content_of(rule) == dict(content),
        "content": json.dumps(dict(content), ensure_ascii=False),
        "said": reading(content),
        "name": content["name"],
        "days": days,
        "choices": DAYS,
    }
    return settings_page(request, "desk/automation/try.html", "rules", context)


@desk_view("rule.manage")
def try_saved(request: DeskRequest, rule_id: int) -> HttpResponse:
    """What a rule as it is saved would have done."""
    found = queries.get_rule(rule_id)
    try:
        return show_preview(request, content_of(found), found)
    except HospesError as error:
        messages.error(request, str(error.message))
        return redirect("desk:rule", found.pk)


@desk_view("rule.manage", methods=("POST",))
def confirm(request: DeskRequest) -> HttpResponse:
    """Keep what was tried, and let it run when that was asked for; or try it over another time."""
    from hospes.desk.topics.automation.views.rules import content_from

    data = request.POST
    asked = data.get("rule", "")
    found = queries.get_rule(posted_id(asked)) if asked else None
    content, token, now = content_from(data.get("content", "")), data.get("token", ""), clock.now()
    try:
        if "again" in data:
            return show_preview(request, content, found)
        kept = operations.save_rule(content=content, rule=found, token=token, actor=request.actor, now=now)
        if "on" in data:
            kept = operations.switch_on(rule=kept, token=token, actor=request.actor, now=now)
            messages.success(request, _("“%(name)s” runs now.") % {"name": kept.name})
        else:
            messages.success(request, _("Saved."))
    except HospesError as error:
        messages.error(request, str(error.message))
        if found is not None:
            return redirect("desk:try_rule", found.pk)
    return redirect("desk:rules")
