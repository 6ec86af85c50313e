"""Playbooks in the settings: four kinds in each language, their versions, and how they fared."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError, NotFound
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.guidance.forms import PlaybookForm
from hospes.desk.topics.guidance.shapes import first_lines, lines_of
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.guidance import operations, queries
from hospes.guidance.models import Kind

PERIODS = (30, 90, 365)


@desk_view("macro.own")
def listed(request: DeskRequest) -> HttpResponse:
    """The four playbooks in the reader's language, with the languages that they are written in."""
    own = (translation.get_language() or "en").partition("-")[0]
    found = queries.playbooks([(kind, own) for kind in Kind.values])
    context = {
        "playbooks": [found[kind, own] for kind in Kind.values],
        "languages": settings.LANGUAGES,
        "may_change": request.actor.may("playbook.change"),
    }
    return settings_page(request, "desk/guidance/playbooks.html", "playbooks", context)


@desk_view("macro.own", methods=("GET", "HEAD", "POST"))
def edit(request: DeskRequest, kind: str, language: str) -> HttpResponse:
    """One playbook in one language: read by all, changed by leads; older versions below."""
    if kind not in Kind.values or language not in dict(settings.LANGUAGES):
        raise NotFound
    current = queries.playbooks([(kind, language)])[kind, language]
    form = PlaybookForm(request.POST or None, initial=first_lines(current) | {"version": current.version})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            operations.save_playbook(
                kind=kind,
                language=language,
                **{name: lines_of(data[name]) for name in ("signs", "do", "do_not", "sentences")},
                seen_version=data["version"],
                actor=request.actor,
                now=clock.now(),
            )
            messages.success(request, _("Saved."))
            return redirect("desk:playbook", kind=kind, language=language)
        except HospesError as error:
            if error.status == 403:
                raise
            refuse(form, error)
    context = {
        "form": form,
        "playbook": current,
        "language": dict(settings.LANGUAGES)[language],
        "code": language,
        "languages": settings.LANGUAGES,
        "versions": queries.versions(kind, language),
        "may_change": request.actor.may("playbook.change"),
        "back": reverse("desk:playbooks"),
    }
    return settings_page(
        request, "desk/guidance/playbook.html", "playbooks", context, status=422 if form.is_bound else 200
    )


@desk_view("macro.own")
def figures(request: DeskRequest) -> HttpResponse:
    """How often each playbook was offered, used, misread, and called up by hand."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in PERIODS} else PERIODS[0]
    found = queries.playbook_figures(since=clock.now() - timedelta(days=days))
    context = {"figures": found, "days": days, "periods": PERIODS, "any": any(f.offered or f.by_hand for f in found)}
    return settings_page(request, "desk/guidance/figures.html", "playbooks", context)
