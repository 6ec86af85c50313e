"""Ready answers in the settings: by situation with their forms side by side, edited with a preview, and the library."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.guidance.forms import MacroForm, channel_names
from hospes.desk.topics.guidance.shapes import situations
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.guidance import operations as guidance
from hospes.guidance import queries
from hospes.tickets import operations
from hospes.tickets import queries as tickets
from hospes.tickets.models import Macro
from hospes.tickets.queries import screen

BOTH = ("GET", "HEAD", "POST")
MEASURED = timedelta(days=90)
SHOWN = 500


@desk_view("macro.own")
def listed(request: DeskRequest) -> HttpResponse:
    """Ready answers that the agent may use, by situation, with how they fared."""
    found = list(tickets.macros_for(request.actor).select_related("owner", "team")[:SHOWN])
    figures = queries.macro_figures([m.pk for m in found], since=clock.now() - MEASURED)
    context = {
        "situations": situations(found, figures, channel_names()),
        "days": MEASURED.days,
        "may_share": request.actor.may("macro.share"),
    }
    return settings_page(request, "desk/guidance/macros.html", "macros", context)


def _first_of(macro: Macro | None, request: DeskRequest) -> dict[str, Any]:
    if macro is None:
        asked = {name: request.GET.get(name, "")[:100] for name in ("situation", "language", "channel")}
        return {"sharing": "private", **asked, "name": asked["situation"]}
    actions = macro.actions
    names = ("name", "body_html", "language", "channel", "situation", "conditions", "sharing", "team")
    return {
        **{n: getattr(macro, n) for n in names},
        "status": actions.get("status", ""),
        "priority": actions.get("priority"),
        "tags": ", ".join(actions.get("tags", [])),
        "take": actions.get("assignee") == "me",
    }


@desk_view("macro.own", methods=BOTH)
def edit(request: DeskRequest, macro_id: int | None = None) -> HttpResponse:
    """Make, change or put away a ready answer."""
    found = screen.get_macro(request.actor, macro_id) if macro_id else None
    if macro_id and found is None:
        raise NotFound
    form = MacroForm(request.POST or None, initial=_first_of(found, request))
    if request.method == "POST":
        try:
            if found and request.POST.get("archive"):
                operations.archive_macro(macro=found, actor=request.actor, now=clock.now())
                return redirect("desk:macros")
            if form.is_valid():
                _save(request, found, form.cleaned_data)
                messages.success(request, _("Saved."))
                return redirect("desk:macros")
        except HospesError as error:
            refuse(form, error)
    variables = sorted(tickets.macro_fields().values(), key=lambda f: f.name)
    context = {
        "form": form,
        "macro": found,
        "heading": found.name if found else _("New macro"),
        "back": reverse("desk:macros"),
        "variables": [{"name": f.name, "label": f.label} for f in variables],
        "figures": queries.macro_figures([found.pk], since=clock.now() - MEASURED).get(found.pk) if found else None,
        "days": MEASURED.days,
        "situations_known": _known_situations(request),
    }
    return settings_page(request, "desk/guidance/macro.html", "macros", context, status=422 if form.is_bound else 200)


def _known_situations(request: DeskRequest) -> list[str]:
    found = tickets.macros_for(request.actor).exclude(situation="").values_list("situation", flat=True)
    return sorted(set(found[:SHOWN]))


def _save(request: DeskRequest, found: Macro | None, data: dict[str, Any]) -> None:
    actions: dict[str, Any] = {n: data[n] for n in ("status", "priority") if data[n]}
    if found:  # what this form does not show stays as it is
        actions = {n: v for n, v in found.actions.items() if n in {"type", "team"}} | actions
    if names := [t.strip() for t in data["tags"].split(",") if t.strip()]:
        actions["tags"] = names
    if data["take"]:
        actions["assignee"] = "me"
    fields = ("name", "body_html", "language", "channel", "situation", "conditions", "sharing", "team")
    kept = {n: data[n] for n in fields}
    operations.save_macro(macro=found, actions=actions, actor=request.actor, now=clock.now(), **kept)


@desk_view("macro.own", methods=("POST",))
def attempt(request: DeskRequest) -> HttpResponse:
    """How words that are being edited read on a ticket."""
    number = request.POST.get("number", "").strip().lstrip("#").replace("-", "").upper()
    ticket = screen.ticket_for_pane(request.actor, number)
    language = request.POST.get("language", "") or ticket.language
    html = operations.preview_macro(
        body_html=request.POST.get("body_html", "")[:100_000],
        language=language,
        ticket=ticket,
        actor=request.actor,
        now=clock.now(),
    )
    return JsonResponse({"html": html})


@desk_view("macro.share", methods=("POST",))
def library(request: DeskRequest) -> HttpResponse:
    """Take the ready answers that Hospes brings, in some languages."""
    known = dict(settings.LANGUAGES)
    wanted = [code for code in request.POST.getlist("language") if code in known] or list(known)
    made = guidance.take_library(languages=wanted, actor=request.actor, now=clock.now())
    messages.success(request, _("%(n)d answers were added. Those that you had already stay as they are.") % {"n": made})
    return redirect("desk:macros")
