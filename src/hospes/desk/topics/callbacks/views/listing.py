"""Who waits to be called, in the order in which it is due; asking for a call, moving and cancelling one."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from hospes.calls import numbers
from hospes.calls.models import Callback
from hospes.calls.operations import callbacks as operations
from hospes.calls.operations.dialling import call_out
from hospes.core import clock
from hospes.core.actors import Actor
from hospes.core.errors import HospesError, InvalidInput, NotFound
from hospes.desk.access import DeskRequest, desk_view, wants_fragment
from hospes.desk.shapes.times import ago, span
from hospes.desk.views.frame import page
from hospes.tickets.models import Ticket
from hospes.tickets.queries import get_ticket

SHOWN = 200
LOOKS = {"waiting": "info", "calling": "good", "done": "", "given_up": "bad", "cancelled": ""}


def visible(actor: Actor) -> QuerySet[Callback]:
    """Call-backs on tickets that an agent may see."""
    found = Callback.objects.select_related("ticket", "customer", "agent")
    if actor.team_ids is None:
        return found
    return found.filter(
        Q(ticket__team_id__in=actor.team_ids) | Q(ticket__team=None) | Q(ticket__assignee_id=actor.own_id)
    )


@desk_view()
def callbacks(request: DeskRequest) -> HttpResponse:
    """Those that are due first, then those that were not reached, then what was done lately."""
    now = clock.now()
    state = request.GET.get("state", "open")
    found = visible(request.actor)
    if state == "open":
        rows = found.filter(state__in=["waiting", "calling"]).order_by("promised_at", "id")
    elif state == "given_up":
        rows = found.filter(state="given_up").order_by("-done_at", "-id")
    else:
        rows = found.filter(state__in=["done", "cancelled"]).order_by("-done_at", "-id")
    context = {
        "rows": [_row(one, now) for one in rows[:SHOWN]], "state": state,
        "states": [("open", _("Waiting")), ("given_up", _("Not reached")), ("over", _("Over"))],
        "may": request.actor.may("ticket.reply"),
    }  # fmt: skip
    return page(request, "desk/callbacks/list.html", "callbacks", context)


def _row(one: Callback, now: datetime) -> dict[str, Any]:
    late = one.state == "waiting" and one.promised_at < now
    due = _("late by %(time)s") % {"time": span((now - one.promised_at).total_seconds(), length="short")}
    return {
        "it": one, "number": numbers.shown(one.number), "look": "bad" if late else LOOKS[one.state],
        "due": due if late else "", "asked": ago(one.created_at, now=now),
    }  # fmt: skip


def _typed_time(text: str) -> datetime | None:
    """A local time as a form sends it; None for none. Raises InvalidInput."""
    if not text.strip():
        return None
    try:
        at = parse_datetime(text.strip())
    except ValueError:
        at = None
    if at is None:
        raise InvalidInput(_("Choose a day and a time."), field="when")
    return at if timezone.is_aware(at) else timezone.make_aware(at)


@desk_view("ticket.reply", methods=("POST",))
def change(request: DeskRequest, callback_id: int) -> HttpResponseBase:
    """Move it, cancel it, or say that it is done."""
    now, do = clock.now(), request.POST.get("do", "")
    found = visible(request.actor).filter(pk=callback_id).first()
    if found is None:
        raise NotFound
    try:
        if do == "cancel":
            operations.cancel_callback(callback_id=callback_id, actor=request.actor, now=now)
        elif do == "done":
            operations.finish_callback(callback_id=callback_id, actor=request.actor, now=now)
        else:
            when = _typed_time(request.POST.get("when", "")) or now
            operations.reschedule_callback(callback_id=callback_id, wanted_from=when, actor=request.actor, now=now)
    except HospesError as error:
        return _refused(request, error, found.ticket)
    return _back(request, found.ticket)


@desk_view("ticket.reply", methods=("POST",))
def of_ticket(request: DeskRequest, number: str) -> HttpResponseBase:
    """Call the customer now (one's own phone rings first), or promise to call later."""
    ticket = get_ticket(request.actor, number)
    now, wanted = clock.now(), request.POST.get("number", "")
    try:
        if request.POST.get("do") == "now":
            call_out(ticket=ticket, number=wanted, actor=request.actor, now=now)
        else:
            operations.request_callback(
                number=wanted, source="agent", actor=request.actor, now=now, customer=ticket.customer, ticket=ticket,
                wanted_from=_typed_time(request.POST.get("when", "")),
            )  # fmt: skip
    except HospesError as error:
        return _refused(request, error, ticket)
    return _back(request, ticket)


def _refused(request: DeskRequest, error: HospesError, ticket: Ticket) -> HttpResponseBase:
    if wants_fragment(request):
        raise error
    messages.error(request, str(error.message))
    return _back(request, ticket)


def _back(request: DeskRequest, ticket: Ticket) -> HttpResponseBase:
    if wants_fragment(request):
        return HttpResponse(status=204)
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect("desk:ticket", ticket.number)
