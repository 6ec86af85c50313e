"""Refusals of service: asked for on a page of the ticket, decided beside the talk, listed in the settings."""

from datetime import datetime, time

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from hospes.core import clock
from hospes.core.errors import HospesError
from hospes.desk.access import DeskRequest, desk_view
from hospes.desk.topics.guidance.forms import RefusalForm
from hospes.desk.views.frame import page
from hospes.desk.views.settings.base import refuse, settings_page
from hospes.guidance import operations, queries
from hospes.guidance.models import Refusal
from hospes.tickets.models import Ticket
from hospes.tickets.queries import screen

BOTH = ("GET", "HEAD", "POST")
SHOWN = 100


@desk_view("refusal.ask", methods=BOTH)
def ask(request: DeskRequest, number: str) -> HttpResponse:
    """Ask a lead to refuse service to this ticket's customer."""
    ticket = screen.ticket_for_pane(request.actor, number)
    theirs, ours = queries.messages_for_request(ticket)
    form = RefusalForm(request.POST or None, theirs=theirs, ours=ours)
    if request.method == "POST" and form.is_valid():
        try:
            _ask(request, ticket, form)
            messages.success(request, _("A lead will decide on it."))
            return redirect("desk:ticket", number=ticket.number)
        except HospesError as error:
            refuse(form, error)
    context = {"ticket": ticket, "form": form}
    return page(request, "desk/guidance/refuse.html", "tickets", context, status=422 if form.is_bound else 200)


def _ask(request: DeskRequest, ticket: Ticket, form: RefusalForm) -> None:
    data = form.cleaned_data
    until: datetime | None = None
    if data["until"]:
        until = timezone.make_aware(datetime.combine(data["until"], time(23, 59, 59)))
    operations.ask_refusal(
        ticket=ticket,
        reason=data["reason"],
        words=data["words"],
        evidence=[int(pk) for pk in data["evidence"]],
        warning_id=int(data["warning"]) if data["warning"] else None,
        scope=data["scope"],
        until=until,
        actor=request.actor,
        now=clock.now(),
    )


@desk_view("refusal.ask", methods=("POST",))
def step(request: DeskRequest, refusal_id: int) -> HttpResponse:
    """Take a step on a refusal: approve, decline, withdraw, appeal, keep, lift or end it."""
    refusal = queries.get_refusal(request.actor, refusal_id)
    operations.take_step(
        refusal=refusal,
        step=request.POST.get("step", ""),
        words=request.POST.get("words", ""),
        message=request.POST.get("message", ""),
        actor=request.actor,
        now=clock.now(),
    )
    return JsonResponse({"message": _("Done.")})


@desk_view("refusal.ask")
def listed(request: DeskRequest) -> HttpResponse:
    """Refusals, newest first; those to be decided on before all others."""
    found = list(queries.refusals(request.actor)[:SHOWN])
    open_ones = [one for one in found if one.state in {Refusal.State.ASKED, Refusal.State.APPEALED}]
    rest = [one for one in found if one not in open_ones]
    return settings_page(request, "desk/guidance/refusals.html", "refusals", {"open": open_ones, "rest": rest})
