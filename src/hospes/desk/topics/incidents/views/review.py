"""Looking back: the time line, its figures, and what was learned; made to be printed."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.core.posted import posted_id
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.incidents.shapes import line_of, moment_words, spans_of
from hospes.desk.views.frame import page
from hospes.incidents import operations, queries

TEXTS = ("summary", "cause", "went_well", "went_badly")
SPARE = 2  # empty lines for further actions


@desk_view(methods=("GET", "HEAD", "POST"))
def review(request: DeskRequest, incident_id: int) -> HttpResponse:
    """The page; posting keeps what was written."""
    found = queries.get_incident(request.actor, incident_id)
    words, status, typed = "", 200, dict(found.review)
    if request.method == "POST":
        request.actor.require("incident.manage")
        typed = {**{name: request.POST.get(name, "") for name in TEXTS}, "actions": _actions(request)}
        version = posted_id(request.POST.get("version", ""))
        try:
            operations.save_review(
                incident=found,
                texts=typed,
                actions=typed["actions"],
                version=version or None,
                actor=request.actor,
                now=clock.now(),
            )
        except HospesError as error:
            words, status = str(error.message), error.status
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:incident_review", found.pk)
    looked = queries.review_of(found)
    labels = {
        "summary": _("What happened, in short"),
        "cause": _("Cause"),
        "went_well": _("What went well"),
        "went_badly": _("What went badly"),
    }
    context = {
        "line": line_of(found, now=clock.now()),
        "incident": found,
        "review": looked,
        "spans": spans_of(looked),
        "moments": [{"it": moment, "words": moment_words(moment)} for moment in looked.moments],
        "texts": [(name, labels[name], typed.get(name, "")) for name in TEXTS],
        "actions": [*typed.get("actions", []), *({} for _n in range(SPARE))],
        "may_manage": request.actor.may("incident.manage"),
        "refusal": words,
    }
    return page(request, "desk/incidents/review.html", "incidents", context, status=status)


def _actions(request: DeskRequest) -> list[dict[str, Any]]:
    """The lines of the table; a tick is sent by its line's number."""
    what, owner, due = (request.POST.getlist(f"action_{name}") for name in ("what", "owner", "due"))
    done = set(request.POST.getlist("action_done"))
    return [
        {"what": text, "owner": by, "due": when, "done": str(index) in done}
        for index, (text, by, when) in enumerate(zip(what, owner, due, strict=False))
        if text.strip()
    ]
